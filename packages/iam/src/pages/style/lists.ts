/** Lists and tables of the home page, the dashboard and the administration. */
export const lists = `
.inline-list { line-height: 2; }
.inline-list code { background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; padding: .1rem .45rem; margin-right: .2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem 1rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
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
