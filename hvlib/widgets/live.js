// A line of text that a screen reader says when it changes; quiet keys and names around it.
function keepKeys(box) {
  // Without this, typing in a control also reaches JupyterLab's shortcuts ("dd" deletes the cell).
  box.addEventListener("focusin", (event) => {
    event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  });
}

// A question names the group of its controls, as a fieldset's legend would.
function nameGroups(box) {
  const name = () => {
    for (const prompt of box.querySelectorAll(".hv-prompt")) {
      const asked = prompt.closest(".hv-prediction");
      const group = asked.querySelector(".hv-choices .widget-radio-box, .hv-ordering") ?? asked;
      group.setAttribute("role", group.matches(".widget-radio-box") ? "radiogroup" : "group");
      group.setAttribute("aria-label", prompt.textContent);
    }
  };
  new MutationObserver(name).observe(box, { childList: true, subtree: true });
  name();
}

function render({ model, el }) {
  const line = document.createElement("p");
  line.className = "hv-live";
  line.setAttribute("role", "status");
  line.setAttribute("aria-live", "polite");
  el.append(line);
  const write = () => {
    line.dataset.state = model.get("state");
    line.textContent = model.get("text");
  };
  model.on("change:text change:state", write);
  write();
  // The box around the line exists only once the whole widget is in the page.
  requestAnimationFrame(() => {
    const box = el.closest(".hv-practice, .hv-book-map") ?? el.closest(".hv-prediction");
    if (box && !box.dataset.quiet) {
      box.dataset.quiet = "true";
      keepKeys(box);
      nameGroups(box);
    }
  });
}

export default { render };
