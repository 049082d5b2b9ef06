/** What a user types into, chooses, presses and unfolds. */
export const controls = `
label { display: block; font-weight: 600; margin: 0 0 .35rem; }
input, select {
  width: 100%; min-height: 2.9rem; font: inherit; padding: .55rem .85rem; margin-bottom: 1.1rem; border: 1px solid var(--edge);
  border-radius: .65rem; background: var(--card); color: inherit;
}
input[aria-invalid="true"] { border-color: var(--bad); }
input.code {
  font: 600 1.6rem/1.2 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; letter-spacing: .2em; text-align: center;
  text-transform: uppercase;
}
input.code::placeholder { font-weight: 400; color: var(--muted); text-transform: none; letter-spacing: .1em; }
fieldset { border: 0; margin: 1.75rem 0 0; padding: 0; }
legend { font-size: 1.05rem; font-weight: 700; padding: 0; margin-bottom: .3rem; }
fieldset label { font-weight: 400; margin: 0; padding: .3rem 0; cursor: pointer; }
input[type="radio"] { width: 1.05rem; height: 1.05rem; min-height: 0; margin: 0 .6rem 0 0; vertical-align: -.12em; accent-color: var(--accent); }
:is(button, a.button) {
  display: inline-flex; align-items: center; justify-content: center; width: 100%; min-height: 2.9rem; padding: .5rem 1.1rem; font: inherit;
  font-weight: 650; text-decoration: none; cursor: pointer; border: 1px solid var(--accent); border-radius: .65rem;
  background: var(--accent); color: var(--on-accent);
}
:is(button, a.button):hover { background: color-mix(in srgb, var(--accent) 88%, var(--ink)); }
:is(button, a.button).quiet { background: transparent; color: var(--accent); border-color: var(--edge); }
:is(button, a.button).quiet:hover { background: var(--tint); }
:is(button, a.button).small { width: auto; min-height: 2.25rem; padding: .25rem .9rem; font-size: .92rem; }
button.danger { width: auto; background: var(--bad); border-color: var(--bad); color: var(--card); }
button.danger:hover { background: color-mix(in srgb, var(--bad) 85%, var(--ink)); }
button.link { all: unset; cursor: pointer; color: var(--accent); text-decoration: underline; text-underline-offset: .15em; }
button.link:hover { background: none; }
form.inline { display: inline; }
:is(a, button, input, select, summary, [tabindex]):focus-visible, button.link:focus-visible {
  outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .4rem;
}
:is(button, a.button, input):focus-visible { border-radius: .65rem; }
input[type="radio"]:focus-visible { border-radius: 50%; }
.choice { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; }
.or { display: flex; align-items: center; gap: .9rem; color: var(--muted); margin: 1.5rem 0 1rem; font-size: .92rem; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.stack { display: grid; gap: .6rem; }
summary { cursor: pointer; border-radius: .4rem; }
.error, .note { border-radius: .65rem; padding: .75rem 1rem; }
.error { background: var(--bad-paper); color: var(--bad); }
.note { background: var(--note); }
`;
