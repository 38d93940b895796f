// Shows a PNG with its sentence, and tells Python the reader's theme and pixel ratio.
// The old picture stays until the new one is decoded, so nothing flickers.

const REST = 400; // ms without a change before a screen reader is told

function isDark() {
  return document.body.dataset.jpThemeLight === "false";
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

function render({ model, el }) {
  const figure = document.createElement("figure");
  figure.className = "hv-picture";
  const image = document.createElement("img");
  const caption = document.createElement("figcaption");
  const spoken = document.createElement("div");
  spoken.className = "hv-spoken";
  spoken.setAttribute("aria-live", "polite");
  figure.append(image, caption, spoken);
  el.append(figure);

  let address = null;
  let painting = false;
  let rest = null;

  // One picture at a time, then the newest: a reader who drags on sees every picture that the
  // browser has time for, instead of none until the hand rests.
  async function paint() {
    if (painting) return;
    painting = true;
    for (let shown = null; shown !== model.get("png"); ) {
      shown = model.get("png");
      await swap(shown, model.get("serial"));
    }
    painting = false;
  }

  async function swap(png, serial) {
    const next = URL.createObjectURL(new Blob([png], { type: "image/png" }));
    const decoded = new Image();
    decoded.src = next;
    try {
      await decoded.decode();
    } catch {
      // A picture that can't be decoded ahead is still shown; at worst it flickers.
    }
    image.src = next;
    if (address) URL.revokeObjectURL(address);
    address = next;
    figure.dataset.painted = serial;
  }

  function say() {
    const sentence = model.get("sentence");
    caption.textContent = sentence;
    image.alt = sentence;
    clearTimeout(rest);
    rest = setTimeout(() => (spoken.textContent = sentence), REST);
  }

  function fitWidth() {
    image.style.width = `${model.get("width")}px`;
    image.style.aspectRatio = `${model.get("width")} / ${model.get("height")}`;
  }

  function report() {
    model.set("dark", isDark());
    model.set("ratio", window.devicePixelRatio || 1);
    model.save_changes();
  }

  const theme = new MutationObserver(report);
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  let root = null; // known once the widget is in the page
  const labels = new MutationObserver(() => nameHandles(root));
  requestAnimationFrame(() => {
    root = el.closest(".hv-explorer");
    if (!root) return;
    nameHandles(root);
    labels.observe(root, { childList: true, subtree: true });
  });

  model.on("change:png", paint);
  model.on("change:sentence", say);
  fitWidth();
  say();
  paint();
  report();

  return () => {
    theme.disconnect();
    labels.disconnect();
    clearTimeout(rest);
    if (address) URL.revokeObjectURL(address);
  };
}

export default { render };
