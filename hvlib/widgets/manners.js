// What pages owe a reader around widgets: keys that stay in them, names for screen readers, Enter
// that commits an answer, and whether the page is dark. Stands in front of other files (script.py).

const ROOMS = [".hv-practice, .hv-book-map", ".hv-prediction", ".hv-explorer"]; // outermost first
const SENT = 150; // ms in which the last letter typed is on its way to Python

const isDark = () => document.body.dataset.jpThemeLight === "false";

// Calls when the page turns dark or light; gives what ends that.
function onTheme(act) {
  const theme = new MutationObserver(act);
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  return () => theme.disconnect();
}

function keepKeys(root) {
  // Without this, typing in a control also reaches JupyterLab's shortcuts ("dd" deletes the cell).
  root.addEventListener("focusin", (event) => {
    event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  });
}

// A question names the group of its controls, as a fieldset's legend would.
function nameGroups(root) {
  for (const prompt of root.querySelectorAll(".hv-prompt")) {
    const asked = prompt.closest(".hv-prediction");
    if (!asked) continue;
    const group = asked.querySelector(".hv-choices .widget-radio-box, .hv-ordering") ?? asked;
    group.setAttribute("role", group.matches(".widget-radio-box") ? "radiogroup" : "group");
    group.setAttribute("aria-label", prompt.textContent);
  }
}

function nameHandles(root) {
  // ipywidgets draws slider handles without a name; give each the text of its label.
  for (const slider of root.querySelectorAll(".widget-slider")) {
    const label = slider.querySelector(".widget-label");
    const readout = slider.querySelector(".widget-readout");
    for (const handle of slider.querySelectorAll(".noUi-handle")) {
      if (label && handle.getAttribute("aria-label") !== label.textContent) {
        handle.setAttribute("aria-label", label.textContent);
      }
    }
    if (label && readout) readout.setAttribute("aria-label", label.textContent);
  }
  for (const box of root.querySelectorAll(".widget-checkbox")) {
    const input = box.querySelector("input");
    const text = box.querySelector(".widget-label-basic span, .widget-label-basic");
    if (input && text) input.setAttribute("aria-label", text.textContent);
  }
}

// Enter in a question's box or choice commits the answer, as in any form. Caught on its way down,
// since a text box of ipywidgets keeps its keys to itself.
function enterCommits(root) {
  const commits = (event) => {
    const typed = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    if (!typed || !event.target.matches(".hv-prediction input")) return;
    const commit = event.target.closest(".hv-prediction").querySelector("button.mod-primary");
    if (commit) setTimeout(() => commit.click(), SENT);
  };
  root.addEventListener("keydown", commits, { capture: true });
}

// Manners for the widget around ``el``, which exists once it is in the page; once for each.
function mind(el) {
  requestAnimationFrame(() => {
    const root = ROOMS.map((room) => el.closest(room)).find(Boolean);
    if (!root || root.dataset.quiet) return;
    root.dataset.quiet = "true";
    keepKeys(root);
    enterCommits(root);
    const name = () => {
      nameGroups(root);
      nameHandles(root);
    };
    new MutationObserver(name).observe(root, { childList: true, subtree: true });
    name();
  });
}
