// Steps through a run: back, forward, Play, and a track with ticks at the events. Space plays,
// arrows step; nothing starts by itself, and a run that is played ends. nodes.js stands in front.

const LONGEST = 10_000; // ms that Play takes at most for a whole run
const PACE = 900; // ms a step, where that ends sooner

// ``go`` is told to which value the reader wants; ``show`` paints where the run is.
function transport(words, go) {
  let now = { value: 0, last: 0, reach: 0, stride: 1, ticks: [], told: "" };
  let timer = 0;
  const track = html("input", { type: "range", class: "hv-track", min: 0, "aria-label": words.track, ...QUIET });
  const marks = html("span", { class: "hv-track-ticks", "aria-hidden": "true" });
  const told = html("span", { class: "hv-counter" });
  const back = button("◀", () => hand(now.value - now.stride), words.previous);
  const next = button(`${words.next} ▶`, () => hand(now.value + now.stride));
  const play = button("", () => (timer ? stop() : start()));
  const event = button("▶❙", () => hand(following()), words.next_event);
  event.title = words.next_event;
  const node = html(
    "span", { class: "hv-transport", role: "group", "aria-label": words.track },
    back, next, play, event, html("span", { class: "hv-track-box" }, track, marks), told,
  );
  track.addEventListener("input", () => hand(Number(track.value)));
  node.addEventListener("keydown", (pressed) => {
    const steps = { ArrowLeft: -1, ArrowRight: 1 }[pressed.key];
    const space = pressed.key === " " && pressed.target === track;
    if (space) play.click();
    else if (steps && pressed.target !== track) hand(now.value + steps * now.stride);
    else return;
    pressed.preventDefault();
    pressed.stopPropagation();
  });

  const following = () => now.ticks.map(([at]) => at).find((at) => at > now.value) ?? now.reach;

  function hand(value) {
    stop();
    to(Math.min(Math.max(0, value), now.reach));
  }

  function to(value) {
    if (value !== now.value) go(value);
    track.value = value;
  }

  function start() {
    const first = now.value >= now.reach ? 0 : now.value; // at the end: once more
    const pace = Math.min(PACE, LONGEST / (now.last / now.stride));
    const begun = performance.now();
    to(first);
    timer = setInterval(() => {
      if (!node.isConnected) return stop();
      const steps = Math.floor((performance.now() - begun) / pace);
      to(Math.min(first + steps * now.stride, now.reach));
      if (first + steps * now.stride >= now.reach) stop();
    }, Math.min(pace, 50));
    label();
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    label();
  }

  const label = () => (play.textContent = timer ? `❚❚ ${words.pause}` : `► ${words.play}`);

  function show(state) {
    if (state.key !== now.key) stop(); // another run
    if (String(state.ticks) !== String(now.ticks) || state.last !== now.last) mark(state);
    now = { stride: 1, ...state };
    for (const [name, value] of [["max", now.last], ["step", now.stride]]) track.setAttribute(name, value);
    track.setAttribute("value", now.value);
    track.value = now.value;
    track.setAttribute("aria-valuetext", now.told);
    told.textContent = now.short ?? `${now.value} / ${now.last}`;
    back.disabled = now.value <= 0;
    next.disabled = now.value >= now.reach;
    play.disabled = now.reach <= 0;
    told.hidden = now.last <= 0;
    event.hidden = now.ticks.length === 0 || now.ticks.length >= now.last / now.stride;
    event.disabled = now.value >= now.reach;
  }

  function mark({ ticks, last }) {
    marks.replaceChildren(...ticks.map(([at, name]) => {
      const place = `left: calc(8px + ${(at / (last || 1)).toFixed(4)} * (100% - 16px))`;
      return html("i", { style: place, title: name });
    }));
  }

  label();
  return { node, show, stop };
}
