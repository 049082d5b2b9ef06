/** Text that is already HTML. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Insertion = string | number | Html | undefined | readonly Insertion[];

/** A template for HTML. It escapes inserted values unless they are `Html`, joins lists, and inserts nothing for undefined. */
export function html(strings: TemplateStringsArray, ...insertions: readonly Insertion[]): Html {
  return new Html(String.raw({ raw: strings }, ...insertions.map(toText)));
}

function toText(insertion: Insertion): string {
  if (insertion === undefined) return '';
  if (insertion instanceof Html) return insertion.text;
  if (Array.isArray(insertion)) return insertion.map(toText).join('');
  return String(insertion).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
