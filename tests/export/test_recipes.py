from __future__ import annotations

import pytest

from edge_app.core.errors import ConfigError
from export import recipes


def test_names_are_the_recipes_own():
    assert all(recipe.name == name for name, recipe in recipes.RECIPES.items())


def test_every_name_is_explained():
    assert all(f"    {name} " in recipes.__doc__ for name in recipes.RECIPES)


def test_every_recipe_has_a_gate():
    for recipe in recipes.RECIPES.values():
        assert recipe.thresholds
        assert "psnr" in {threshold.metric for threshold in recipe.thresholds}


def test_only_integer_activations_need_calibration():
    needing = {r.name for r in recipes.RECIPES.values() if r.needs_calibration}
    assert needing == {"int8-conv", "int8-full", "mixed"}


def test_float_files_are_the_same_everywhere():
    measured = {r.name for r in recipes.RECIPES.values() if r.is_measured}
    assert measured == {"int8-dynamic", "int8-conv", "int8-full", "mixed"}


def test_an_unknown_recipe_lists_the_known():
    with pytest.raises(
        ConfigError, match="unknown recipe 'int4'; there are: fp32, fp16, int8-weights"
    ):
        recipes.recipe("int4")


def test_the_stricter_of_two_asks_for_what_both_ask():
    asked = recipes.stricter(recipes.INT8_CONV.thresholds, recipes.GOOD_ENOUGH)
    assert set(asked) == set(recipes.GOOD_ENOUGH)
    asked = {each.metric: each.value for each in recipes.stricter(recipes.FP32.thresholds, asked)}
    assert asked == {each.metric: each.value for each in recipes.FP32.thresholds}


def test_fp32_is_the_network_up_to_the_order_of_additions():
    asked = {each.metric: each.value for each in recipes.FP32.thresholds}
    assert asked["max_abs_diff"] == 1e-4
