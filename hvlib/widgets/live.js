// A line of text that a screen reader says when it changes. manners.js stands in front (script.py).
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
  // What is said to an answer is seen, too: the picture above may have grown by then.
  const show = () => requestAnimationFrame(() => {
    if (el.parentElement?.matches(".hv-prediction")) line.scrollIntoView({ block: "nearest" });
  });
  model.on("change:text change:state", write);
  model.on("change:text", () => model.get("text") && show());
  write();
  mind(el);
  retire(model, el);
}

export default { render };
