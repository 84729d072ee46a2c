// What the theme leaves to the mouse, for those who use the keyboard or hear the page.
"use strict";

// Names the search fields that select2 draws after the labels of what they stand for.
function nameSearchFields() {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const drawn = select.nextElementSibling;
    if (!label || !drawn) continue;
    const name = label.textContent.trim();
    const parts = ".select2-selection--single, .select2-selection__rendered[role], .select2-search__field";
    for (const part of drawn.querySelectorAll(parts)) {
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", name);
    }
  }
}

const CLICKED = "[x-on\\:click]:not(a[href], button, input, select, textarea, summary, label, :empty)";
const ICON = ".material-symbols-outlined";
const ICON_WORDS = { close: "Close the menu", more_horiz: "More", more_vert: "Choose, change or add", visibility: "Show the password" };

// Makes buttons of what only listens to clicks.
function makeButtons() {
  for (const control of document.querySelectorAll(CLICKED)) {
    if (control.hasAttribute("role")) continue;
    control.setAttribute("role", "button");
    control.tabIndex = 0;
    const icons = control.matches(ICON) ? [control] : [...control.querySelectorAll(ICON)];
    if (icons.length && icons.map((icon) => icon.textContent.trim()).join("") === control.textContent.trim()) {
      control.setAttribute("aria-label", ICON_WORDS[icons[0].textContent.trim()] || "More");
    }
  }
}

// Both draw at times of their own.
new MutationObserver(() => {
  nameSearchFields();
  makeButtons();
}).observe(document.documentElement, { childList: true, subtree: true });

const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
const openers = new Map(); // what was opened -> the control that opened it

function isShown(element) {
  return element.getClientRects().length > 0;
}

function controlsOf(panel) {
  return [...panel.querySelectorAll(FOCUSABLE)].filter((each) => isShown(each) && !each.disabled);
}

function shownPanels() {
  return [...document.querySelectorAll("[x-show], #nav-sidebar")].filter(isShown);
}

function openPanel() {
  return shownPanels().find((panel) => openers.has(panel));
}

// Moves the focus into what a control opened by the keyboard, and remembers the control.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[x-on\\:click]");
  if (!opener) return;
  const before = new Set(shownPanels());
  const lookAgain = () => {
    const opened = shownPanels().find((panel) => !before.has(panel) && controlsOf(panel).length);
    if (!opened) return;
    openers.set(opened, opener);
    if (event.detail === 0) controlsOf(opened)[0].focus();
  };
  requestAnimationFrame(() => requestAnimationFrame(lookAgain));
}, true);

function closesItself(element) {
  return element.getAttributeNames().some((name) => name.startsWith("x-on:keydown.escape"));
}

function close(panel) {
  const opener = openers.get(panel);
  if (!closesItself(panel) && !closesItself(opener)) opener.click();
  openers.delete(panel);
  opener.focus();
}

function goRound(event, panel) {
  const controls = controlsOf(panel);
  const [from, to] = event.shiftKey ? [controls[0], controls.at(-1)] : [controls.at(-1), controls[0]];
  if (document.activeElement !== from) return;
  event.preventDefault();
  to.focus();
}

document.addEventListener("keydown", (event) => {
  const panel = openPanel();
  if (panel && event.key === "Escape") close(panel);
  else if (panel && event.key === "Tab") goRound(event, panel);
  else if (event.target.matches?.(`${CLICKED}[role=button]`) && ["Enter", " "].includes(event.key)) {
    event.preventDefault();
    event.target.click();
  }
});
