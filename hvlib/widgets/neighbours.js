// Two neighbours twice: in containers and in virtual machines. A click on a layer gives it a flaw, a
// click on a program puts the attacker there. manners.js stands in front of this one (script.py).
function render({ model, el }) {
  const { sides, states, words } = model.get("scene");
  let attacker = 1;
  const broken = new Set();
  const boxes = [];

  const node = (tag, look, ...inside) => {
    const made = document.createElement(tag);
    made.className = look;
    made.append(...inside);
    return made;
  };

  function act({ wall, tenant }) {
    if (!wall) attacker = tenant;
    else if (!broken.delete(wall)) broken.add(wall);
    paint();
  }

  function button(box, side) {
    const made = node("button", "hv-neighbour");
    made.type = "button";
    made.dataset.layer = box.layer;
    made.addEventListener("click", () => act(box));
    boxes.push({ made, box, side });
    return made;
  }

  function paint() {
    const state = states[[attacker, ...["kernel", "hypervisor"].filter((wall) => broken.has(wall))].join(" ")];
    for (const { made, box, side } of boxes) {
      const down = state.fallen[side].includes(box.id);
      const start = !box.wall && box.tenant === attacker;
      const note = start ? words.attacker : down ? words.fallen : broken.has(box.wall) ? words.flaw : "";
      made.dataset.state = down ? "fallen" : note ? "flawed" : "";
      made.setAttribute("aria-pressed", String(box.wall ? broken.has(box.wall) : start));
      made.replaceChildren(node("b", "", `${down ? "✕ " : ""}${box.name}`), ...(note ? [node("small", "", note)] : []));
    }
    said.textContent = state.says;
  }

  const said = node("p", "hv-says");
  said.setAttribute("role", "status");
  const pictures = sides.map(({ title, rows }, side) => {
    const group = node("div", "hv-side", node("div", "hv-side-title", title));
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", title);
    for (const row of rows) group.append(node("div", "hv-side-row", ...row.map((box) => button(box, side))));
    return group;
  });
  el.append(node("div", "hv-neighbours", node("div", "hv-sides", ...pictures), said));
  paint();
  mind(el);
  retire(model, el);
}

export default { render };
