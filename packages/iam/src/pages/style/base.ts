/** Colours in light and dark, text, and the frame of every page. */
export const base = `
:root {
  color-scheme: light dark;
  --ink: #1b1d2a; --muted: #575d70; --paper: #f5f5fa; --card: #fff; --line: #dcdde8; --edge: #82879b;
  --accent: #4338ca; --on-accent: #fff; --tint: #eeeffe;
  --bad: #a3201a; --bad-paper: #fdecea; --good: #14633a; --good-paper: #e4f4ea; --note: #fff5d9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e9eaf4; --muted: #a4a9bf; --paper: #12131c; --card: #1b1d29; --line: #343849; --edge: #7d849d;
    --accent: #a5b4fc; --on-accent: #14163a; --tint: #262a47;
    --bad: #ff9d96; --bad-paper: #3a1d1c; --good: #7fdba4; --good-paper: #16301f; --note: #332b14;
  }
}
* { box-sizing: border-box; }
html { scroll-padding: 1rem 0 9rem; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: break-word;
}
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; letter-spacing: -.01em; }
h2 { font-size: 1.05rem; line-height: 1.3; margin: 1.75rem 0 .6rem; }
p { margin: 0 0 1rem; }
a { color: var(--accent); text-underline-offset: .15em; }
code, pre, .mono { font: .875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
dl { margin: 0; }
dt { font-weight: 600; }
dd { margin: 0 0 .7rem; }
.muted { color: var(--muted); }

.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem .8rem; z-index: 2; }
.top { background: var(--card); border-bottom: 1px solid var(--line); }
.top > div {
  display: flex; flex-wrap: wrap; align-items: center; gap: .35rem 1.5rem; max-width: 60rem; margin: 0 auto; padding: .7rem 1.25rem;
}
.brand { display: inline-flex; align-items: center; gap: .55rem; color: inherit; text-decoration: none; font-weight: 700; min-height: 2rem; }
.brand svg { width: 1.6rem; height: 1.6rem; }
.brand small { color: var(--muted); font-weight: 400; }
.top nav { display: flex; flex-wrap: wrap; gap: .15rem; margin: 0 -.6rem; }
.top nav a { color: var(--muted); text-decoration: none; padding: .3rem .6rem; border-radius: .5rem; }
.top nav a:hover { color: var(--ink); background: var(--paper); }
.top nav a[aria-current] { color: var(--accent); background: var(--tint); font-weight: 600; }
.account { margin-left: auto; color: var(--muted); font-size: .92rem; }
main, footer { width: 100%; max-width: 34rem; margin: 0 auto; padding: 0 1.25rem; }
main { padding-top: 2rem; }
.wide :is(main, footer) { max-width: 60rem; }
footer { margin-top: auto; padding-top: 1rem; padding-bottom: 1.5rem; color: var(--muted); font-size: .875rem; }
main > section {
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 1.75rem; margin-bottom: 1.25rem;
}
main > section > :last-child { margin-bottom: 0; }
section > h2:first-child { margin-top: 0; font-size: 1.2rem; }
@media (max-width: 64rem) { .brand small { display: none; } }
@media (max-width: 32rem) {
  .top > div, main, footer { padding-left: 1rem; padding-right: 1rem; }
  main { padding-top: 1rem; }
  main > section { padding: 1.25rem; }
  .top > div { column-gap: .75rem; }
  .top nav { order: 1; width: calc(100% + .8rem); margin: 0 -.4rem; font-size: .92rem; }
  .top nav a { padding: .3rem .4rem; }
}
@media (prefers-reduced-motion: no-preference) {
  a, button, summary { transition: background-color .12s, border-color .12s, color .12s; }
}
`;
