"use strict";
(() => {
  const $ = id => document.getElementById(id);
  const picture = figure => figure.querySelector("img");

  // The pictures stand in the page once, in the grid; what is shown elsewhere are their addresses.
  function shows(place, figure) {
    place.src = picture(figure).src;
    place.alt = picture(figure).alt;
  }

  const viewer = $("viewer"), full = new Image();
  const links = [...document.querySelectorAll("a.enlarge")];
  let place = 0;
  function enlarge(next) {
    place = (next + links.length) % links.length;
    const figure = links[place].closest("figure");
    shows(full, figure);
    const caption = figure.querySelector("figcaption").cloneNode(true);
    $("viewer-caption").replaceChildren(...caption.childNodes);
    $("viewer-place").textContent = `${place + 1} of ${links.length}`;
    viewer.querySelector(".stage").replaceChildren(full);
    if (!viewer.open) viewer.showModal();
  }

  for (const [i, link] of links.entries()) {
    link.setAttribute("aria-haspopup", "dialog");
    link.addEventListener("click", event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      enlarge(i);
    });
  }
  // Escape closes a dialog by itself, and the focus goes back to the picture that opened it.
  for (const closing of [$("viewer-close"), viewer.querySelector(".stage")])
    closing.addEventListener("click", () => viewer.close());
  viewer.addEventListener("close", () => links[place].focus());
  $("viewer-before").addEventListener("click", () => enlarge(place - 1));
  $("viewer-next").addEventListener("click", () => enlarge(place + 1));
  viewer.addEventListener("keydown", event => {
    if (event.key === "ArrowLeft") enlarge(place - 1);
    else if (event.key === "ArrowRight") enlarge(place + 1);
    else return;
    event.preventDefault();
  });

  const panel = $("before-after"), wipe = panel.querySelector(".wipe");
  const style = panel.querySelector("select");
  const slider = wipe.querySelector("input"), after = new Image(), before = new Image();
  before.className = "before";
  wipe.prepend(after, before);

  function slide() {
    wipe.style.setProperty("--at", `${slider.value}%`);
    slider.setAttribute("aria-valuetext", `${slider.value} % photograph`);
  }

  function compare() {
    const option = style.selectedOptions[0], result = $(option.dataset.after);
    shows(before, $(option.dataset.before));
    shows(after, result);
    const chapter = option.closest("optgroup")?.label;
    $("after-title").textContent = chapter ? `${option.label}: ${chapter}` : option.label;
    panel.style.setProperty("--aspect", result.style.getPropertyValue("--aspect"));
  }

  slider.addEventListener("input", slide);
  style.addEventListener("change", compare);
  // A page that is opened again keeps what was chosen, so it is read, not assumed.
  compare();
  slide();
  panel.hidden = false;
})();
