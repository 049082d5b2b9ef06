/** The approval of a request, and the page with its result. */
export const approval = `
.asker { display: flex; gap: 1rem; align-items: center; margin-bottom: 1rem; }
.asker > div { min-width: 0; }
.asker h1 { margin: 0; font-size: 1.35rem; overflow-wrap: anywhere; }
.asker p { margin: .15rem 0 0; }
.initial {
  flex: none; display: grid; place-items: center; width: 3rem; height: 3rem; border-radius: .9rem; background: var(--tint);
  color: var(--accent); font-weight: 700; font-size: 1.35rem;
}
.usercode {
  display: block; font: 650 1.5rem/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; letter-spacing: .18em;
}
.check-code { background: var(--tint); border-radius: .65rem; padding: .7rem 1rem; text-align: center; }
.scope-groups { border: 1px solid var(--line); border-radius: .65rem; }
.scope-groups > details + details { border-top: 1px solid var(--line); }
.scope-groups summary { padding: .65rem 1rem; }
.scope-groups summary strong { margin-right: .3rem; }
.gist {
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 1; overflow: hidden; margin-left: 1.1rem; color: var(--muted);
  font-size: .92rem;
}
details[open] > summary .gist { display: none; }
.scopes { list-style: none; margin: 0; padding: 0 1rem .6rem 2.1rem; }
.scopes li { padding: .3rem 0; }
.scopes code { display: block; color: var(--muted); }
.fold > summary { color: var(--muted); }
.fold > dl { padding: .75rem 0 0 1.1rem; }
.remember { display: flex; flex-wrap: wrap; gap: 0 1.25rem; }
.decision {
  position: sticky; bottom: 0; margin: 1.25rem -1.75rem -1.75rem; padding: .9rem 1.75rem 1.25rem; background: var(--card);
  border-top: 1px solid var(--line); border-radius: 0 0 1rem 1rem;
}
.decision p { margin: 0 0 .6rem; font-weight: 600; overflow-wrap: anywhere; }
@media (max-width: 32rem) { .decision { margin: 1.25rem -1.25rem -1.25rem; padding: .75rem 1.25rem 1rem; } }
.outcome { text-align: center; }
.outcome h1 { margin: 1rem 0 .5rem; }
.sign { display: inline-grid; place-items: center; width: 4.5rem; height: 4.5rem; border-radius: 50%; }
.sign svg { width: 2.25rem; height: 2.25rem; }
.sign.good { background: var(--good-paper); color: var(--good); }
.sign.bad { background: var(--bad-paper); color: var(--bad); }
`;
