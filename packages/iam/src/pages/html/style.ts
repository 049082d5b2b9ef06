/** The style of every page: system font, large controls, light or dark like the user's system. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2430; --muted: #5a6675; --paper: #f3f5f8; --card: #fff; --line: #d5dbe3;
  --accent: #1257b8; --on-accent: #fff; --bad: #a3201a; --bad-paper: #fdecea; --good: #17663a; --note: #fff6dd; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf2; --muted: #9ba8b8; --paper: #12161c; --card: #1c222b;
  --line: #36404d; --accent: #7db2ff; --on-accent: #0b1830; --bad: #ff9d96; --bad-paper: #3a1d1c; --good: #7fdba4; --note: #332b14; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; background: var(--paper);
  color: var(--ink); font: 17px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: break-word; }
header, main, footer { width: 100%; max-width: 30rem; padding: 0 1rem; }
.wide header, .wide main, .wide footer { max-width: 46rem; }
header { padding-top: 1.5rem; padding-bottom: .75rem; font-weight: 650; font-size: 1.05rem; }
header a { color: inherit; text-decoration: none; }
header small { color: var(--muted); font-weight: 400; }
main > section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.5rem; margin-bottom: 1rem;
  box-shadow: 0 1px 3px rgb(0 0 0 / .06); }
footer { margin-top: auto; padding-top: 1rem; padding-bottom: 1.5rem; color: var(--muted); font-size: .88rem; }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
p { margin: 0 0 1rem; }
section > :last-child { margin-bottom: 0; }
form + p { margin-top: 1.25rem; }
ul + form { margin-top: 1.25rem; }
a { color: var(--accent); }
label { display: block; font-weight: 600; margin: 0 0 .35rem; }
input { width: 100%; font: inherit; padding: .75rem .85rem; margin-bottom: 1rem; border: 1px solid var(--line);
  border-radius: 10px; background: var(--paper); color: inherit; }
input.code { font: 600 1.7rem/1.2 ui-monospace, Menlo, Consolas, monospace; letter-spacing: .22em; text-align: center; text-transform: uppercase; }
input.code::placeholder { font-weight: 400; color: var(--muted); text-transform: none; letter-spacing: .1em; }
fieldset { border: 1px solid var(--line); border-radius: 10px; margin: 0 0 1.25rem; padding: .5rem .9rem .7rem; }
legend { color: var(--muted); font-size: .9rem; padding: 0 .35rem; }
fieldset label { font-weight: 400; margin: 0; padding: .3rem 0; cursor: pointer; }
input[type="radio"] { width: auto; margin: 0 .6rem 0 0; accent-color: var(--accent); }
:is(button, a.button) { width: 100%; min-height: 3rem; font: inherit; font-weight: 650; padding: .7rem 1rem; border-radius: 10px; cursor: pointer;
  border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); }
a.button { display: flex; align-items: center; justify-content: center; text-decoration: none; }
.or { text-align: center; color: var(--muted); margin: .9rem 0; }
:is(button, a.button).quiet { background: transparent; color: var(--accent); }
button.link { all: unset; cursor: pointer; color: var(--accent); text-decoration: underline; }
:is(a, button, input):focus-visible, button.link:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.choice { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; margin-top: 1.25rem; }
.scopes { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
.scopes li { padding: .6rem 0; border-bottom: 1px solid var(--line); }
.inline-list { line-height: 2; }
.inline-list code { background: var(--paper); border-radius: 6px; padding: .15rem .45rem; margin-right: .25rem; }
dl { margin: 0; }
dt { font-weight: 600; }
dd { margin: 0 0 .6rem; }
code, .mono { font: .88em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.scopes code { display: block; color: var(--muted); }
.usercode { display: inline-block; font: 650 1.15em ui-monospace, Menlo, Consolas, monospace; letter-spacing: .12em; }
.error { background: var(--bad-paper); color: var(--bad); border-radius: 10px; padding: .7rem .9rem; }
.note { background: var(--note); border-radius: 10px; padding: .7rem .9rem; }
.good { color: var(--good); }
.muted { color: var(--muted); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; white-space: nowrap; }
form.inline { display: inline; }
.wide main > h1 { margin: .25rem 0 1rem; }
section > h2:first-child { margin-top: 0; font-size: 1.2rem; }
button.small { width: auto; min-height: 2.5rem; padding: .35rem .9rem; font-size: .92rem; }
button.danger { background: var(--bad); border-color: var(--bad); color: var(--card); }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: 0 .6rem; font-size: .8rem; color: var(--muted); white-space: nowrap; }
.badge.bad { color: var(--bad); border-color: currentColor; }
.rows { list-style: none; margin: 0; padding: 0; }
.rows li:last-child { border-bottom: 0; }
.rows li { display: flex; gap: 1rem; justify-content: space-between; align-items: center; padding: .7rem 0; border-bottom: 1px solid var(--line); }
.rows li > div { min-width: 0; }
.rows p { margin: .15rem 0 0; font-size: .92rem; }
.search { display: grid; grid-template-columns: 1fr auto; gap: 0 .6rem; margin-bottom: .5rem; }
.search label { grid-column: 1 / -1; }
.search button { margin-bottom: 1rem; }
details.client { border-bottom: 1px solid var(--line); }
details.client > summary { padding: .7rem 0; cursor: pointer; }
details.client > summary .mono { display: block; margin-left: 1.1rem; }
details.client[open] { padding-bottom: 1rem; }
details.deletion > summary { cursor: pointer; color: var(--bad); }
details.deletion form { margin-top: .75rem; }
.switches { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .6rem; margin-top: 1rem; }
button.switch { display: flex; text-align: left; justify-content: space-between; align-items: center; gap: .75rem; background: transparent; color: inherit; border-color: var(--line); }
button.switch::after { content: ""; flex: none; width: 2.5rem; height: 1.4rem; border-radius: 99px; border: 1px solid var(--muted);
  background: radial-gradient(circle .45rem at .7rem 50%, var(--muted) 95%, transparent) var(--paper); }
button.switch[aria-checked="true"]::after { border-color: var(--accent);
  background: radial-gradient(circle .45rem at 1.75rem 50%, var(--on-accent) 95%, transparent) var(--accent); }
`;
