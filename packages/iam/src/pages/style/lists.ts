/** Lists and tables of the home page, the dashboard and the administration. */
export const lists = `
.inline-list { line-height: 2; }
.inline-list code { background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; padding: .1rem .45rem; margin-right: .2rem; }
.pairs { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1.5rem; }
.pairs dd { margin: 0; }
@media (max-width: 32rem) { .pairs { display: block; } .pairs dd { margin: 0 0 .7rem; } }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem 1rem .5rem 0; overflow-wrap: anywhere; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; white-space: nowrap; }
.badge {
  display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: 0 .6rem; font-size: .8rem; color: var(--muted);
  white-space: nowrap;
}
.badge.bad { color: var(--bad); border-color: currentColor; }
.rows { list-style: none; margin: 0; padding: 0; }
.rows > li { display: flex; gap: 1rem; justify-content: space-between; align-items: center; padding: .75rem 0; border-bottom: 1px solid var(--line); }
.rows > li:last-child { border-bottom: 0; padding-bottom: 0; }
.rows > li > div { min-width: 0; }
.rows p { margin: .15rem 0 0; font-size: .92rem; }
.search { display: grid; grid-template-columns: 1fr auto; gap: 0 .6rem; }
.search label { grid-column: 1 / -1; }
.search button { min-height: 2.9rem; width: auto; margin-bottom: 1.1rem; }
.entry { border-bottom: 1px solid var(--line); }
.entry:last-child { border-bottom: 0; }
.entry > summary { padding: .75rem 0; }
.entry > summary .mono { display: block; margin-left: 1.1rem; }
.entry[open] { padding-bottom: 1rem; }
.entry > :not(summary) { margin-left: 1.1rem; }
.tabs { display: flex; flex-wrap: wrap; gap: .25rem; margin-bottom: 1.25rem; border-bottom: 1px solid var(--line); }
.tabs a { padding: .5rem .9rem; color: var(--muted); text-decoration: none; border-bottom: 3px solid transparent; margin-bottom: -1px; }
.tabs a:hover { color: var(--ink); }
.tabs a[aria-current] { color: var(--accent); border-color: var(--accent); font-weight: 600; }
@media (max-width: 32rem) {
  .tabs a { padding: .5rem .6rem; }
  .rows > li:has(form) { display: block; }
  .rows form { margin-top: .5rem; }
}
h3 { font-size: 1rem; margin: 1.25rem 0 .4rem; }
.copyable {
  margin: 0 0 1rem; padding: .9rem 1rem; background: var(--paper); border: 1px solid var(--line); border-radius: .65rem; overflow-x: auto;
  white-space: pre-wrap; user-select: all;
}
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.deletion > summary { color: var(--bad); }
.deletion form { margin-top: .75rem; }
.switches { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .6rem; margin-top: 1rem; }
button.switch { justify-content: space-between; gap: .75rem; text-align: left; background: transparent; color: inherit; border-color: var(--edge); }
button.switch:hover { background: var(--tint); }
button.switch::after {
  content: ""; flex: none; width: 2.5rem; height: 1.4rem; border-radius: 99px; border: 1px solid var(--edge);
  background: radial-gradient(circle .45rem at .7rem 50%, var(--edge) 95%, transparent) var(--paper);
}
button.switch[aria-checked="true"]::after {
  border-color: var(--accent); background: radial-gradient(circle .45rem at 1.75rem 50%, var(--on-accent) 95%, transparent) var(--accent);
}
`;
