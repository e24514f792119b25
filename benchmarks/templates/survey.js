"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const items = new Map(data.items.map(item => [item.id, item]));
  const $ = id => document.getElementById(id);
  const fieldsets = [...document.querySelectorAll("fieldset")];
  const STORE = `edgestyle-survey-${data.survey}`;

  const random = bytes => [...crypto.getRandomValues(new Uint8Array(bytes))]
    .map(byte => byte.toString(16).padStart(2, "0")).join("");

  function shuffled(values) {
    const result = [...values];
    for (let i = result.length - 1; i > 0; i--) {
      const j = crypto.getRandomValues(new Uint32Array(1))[0] % (i + 1);
      [result[i], result[j]] = [result[j], result[i]];
    }
    return result;
  }

  // What a person has said survives a closed tab, where the browser lets a page keep anything.
  function load() {
    try {
      const kept = JSON.parse(localStorage.getItem(STORE));
      if (kept && kept.order.every(id => items.has(id))) return kept;
    } catch { /* nothing kept, or nothing may be kept */ }
    return { person: random(8), order: shuffled(items.keys()), answers: {} };
  }
  function keep() {
    try { localStorage.setItem(STORE, JSON.stringify(state)); } catch { /* goes on without */ }
  }

  const state = load();
  let place = 0, since = 0;

  const id = () => state.order[place];
  const ratings = () => (state.answers[id()] ??= { ratings: {}, seconds: 0 }).ratings;
  const complete = answer => answer && data.criteria.every(name => name in answer.ratings);
  const rated = () => state.order.filter(each => complete(state.answers[each]));
  const firstOpen = () => state.order.findIndex(each => !complete(state.answers[each]));

  function only(section) {
    for (const each of document.querySelectorAll("main > section")) each.hidden = each.id !== section;
    scrollTo(0, 0);
  }

  function tick() {
    if (since) state.answers[id()].seconds += (performance.now() - since) / 1000;
    since = 0;
  }

  function show(next) {
    tick();
    place = next;
    const item = items.get(id());
    $("picture").src = item.picture;
    $("photo").src = data.small[item.photo];
    $("painting-box").hidden = !item.painting;
    if (item.painting) $("painting").src = data.small[item.painting];
    $("back").disabled = place === 0;
    only("rating");
    refresh();
    since = performance.now();
  }

  function refresh() {
    const said = ratings();
    for (const fieldset of fieldsets)
      for (const input of fieldset.querySelectorAll("input"))
        input.checked = said[fieldset.dataset.criterion] === Number(input.value);
    const open = fieldsets.find(fieldset => !(fieldset.dataset.criterion in said));
    for (const fieldset of fieldsets) fieldset.classList.toggle("current", fieldset === open);
    $("next").disabled = Boolean(open);
    $("next").textContent = place + 1 < state.order.length ? "Next" : "Finish";
    const done = rated().length, bar = document.querySelector(".progress");
    bar.setAttribute("aria-valuenow", done);
    bar.firstElementChild.style.width = `${(100 * done) / state.order.length}%`;
    $("where").textContent = `${place + 1} of ${state.order.length}`;
  }

  function rate(criterion, points) {
    ratings()[criterion] = points;
    keep();
    refresh();
  }

  function results() {
    return JSON.stringify({
      schema_version: data.schema_version,
      survey: data.survey,
      person: state.person,
      created: new Date().toISOString(),
      answers: rated().map(item => ({
        item,
        ratings: state.answers[item].ratings,
        seconds: Math.round(10 * state.answers[item].seconds) / 10,
      })),
    }, null, 2) + "\n";
  }

  function finish() {
    tick();
    keep();
    const text = results(), done = rated().length, all = state.order.length;
    $("rated").textContent = done === all ? `all ${all} pictures` : `${done} of ${all} pictures`;
    $("resume").hidden = done === all;
    $("text").value = text;
    $("save").href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    $("save").download = `answers-${state.person}.json`;
    only("thanks");
    $("save").focus();
  }

  function forward() {
    if ($("next").disabled) return;
    if (place + 1 < state.order.length) show(place + 1); else finish();
  }

  $("start").addEventListener("click", () => firstOpen() < 0 ? finish() : show(firstOpen()));
  $("resume").addEventListener("click", () => show(firstOpen()));
  $("stop").addEventListener("click", finish);
  $("back").addEventListener("click", () => show(place - 1));
  $("form").addEventListener("submit", event => { event.preventDefault(); forward(); });
  $("form").addEventListener("change", event => rate(event.target.name, Number(event.target.value)));

  addEventListener("keydown", event => {
    if ($("rating").hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^[0-9]$/.test(event.key)) {
      const focused = document.activeElement.closest?.("fieldset");
      const said = ratings();
      const target = fieldsets.find(each => !(each.dataset.criterion in said)) ?? focused;
      if (target) rate(target.dataset.criterion, Number(event.key) || 10);
    } else if (event.key === "Backspace" && place > 0) {
      event.preventDefault();
      show(place - 1);
    } else if (event.key === "Enter" && event.target.tagName !== "BUTTON") {
      event.preventDefault();
      forward();
    }
  });
})();
