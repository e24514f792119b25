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


def test_an_unknown_recipe_lists_the_known():
    with pytest.raises(
        ConfigError, match="unknown recipe 'int4'; there are: fp32, fp16, int8-weights"
    ):
        recipes.recipe("int4")
