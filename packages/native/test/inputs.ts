/** Command lines, configurations and answers for oidc-token: mostly valid ones, in every spelling. */
import { FAILURE_KINDS } from '@jeton/protocol/answers';
import fc from 'fast-check';

/** Texts as they come from people, issuers and mistakes. */
const text = fc.oneof(
  fc.constantFrom(
    '',
    'a b',
    "'$(id)'",
    'https://iam.example/',
    'NAME',
    '-',
    '\u007f',
    '\u0085',
    '\ufeff',
    '\u202e',
    '\u200b',
  ),
  fc.string({ maxLength: 12 }),
  // All that JSON, a terminal or a shell read something into.
  fc.string({
    unit: fc.constantFrom(...'"\\/\b\f\n\r\t\u0000\u001f\u2028\u061c\u200f\u2066\u206f`$\'a ü😀'),
    maxLength: 8,
  }),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const word = text.map((value) => value.replaceAll('\0', ''));
const seconds = fc.oneof(fc.nat(), fc.bigInt({ min: 9007199254740980n, max: 9007199254740991n }));

/** An option in one of its spellings: shortened, with its argument attached or separate. */
const option = fc
  .oneof(
    fc.constantFrom('-a', '--all', '--al', '-c', '--env', '--en', '-f', '--force-new', '--fo', '-fa', '-fc'),
    fc.constantFrom('--bearer', '--be', '--auth-header', '--auth-h', '--auth'),
    fc
      .tuple(
        fc.constantFrom('-o', '-i', '-e', '-fo', '--token=', '--tok=', '--issuer=', '--iss=', '--exp='),
        fc.constantFrom('AT', '_x1', 'ie'),
      )
      .map((parts) => parts.join('')),
    fc.constantFrom('-o', '-i', '-e', '-fi', '--token', '--iss', '--expires-at'),
    valued(['-s', '--scope', '--sc', '--aud', '--name', '--na'], word),
    valued(['-t', '--time', '--tim', '-ft'], seconds.map(String)),
  )
  .map((words) => [words].flat());

function valued(names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.tuple(fc.constantFrom(...names), value, fc.boolean()).map(([name, argument, apart]) => {
    // Nothing can be attached to a letter.
    if (apart || argument === '') return [name, argument];
    return [`${name}${name.startsWith('--') ? '=' : ''}${argument}`];
  });
}

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('wlcg', 'https://iam.example/') },
  fc.constantFrom(
    'HTTPS://IAM.Example/',
    ' https://iam.example',
    '\u00a0\thttps://x',
    'Http://[::1]',
    'httpS:/x',
  ),
  fc
    .tuple(
      fc.constantFrom(
        'http://localhost',
        'HTTP://LOCALHOST',
        'http://127.0.0.1',
        'http://127.00.1',
        'http://[::1]',
        'http://x',
      ),
      fc.constantFrom('', ':', '/', 'x', ':80/', '.1'),
    )
    .map((parts) => parts.join('')),
  word.filter((value) => value !== '' && !value.startsWith('-')),
);

const right = fc
  .tuple(fc.array(option, { maxLength: 4 }), name, fc.array(option, { maxLength: 1 }), fc.boolean())
  .map(([before, account, after, marked]) =>
    marked
      ? [...before.flat(), ...after.flat(), '--', account]
      : [...before.flat(), account, ...after.flat()],
  );

const wrong = fc.oneof(
  fc.constantFrom('-x', '-fx', '--t', '--nope', '--nope=secret', '--all=1', '--scope', '-s', '--', 'two'),
  fc.constantFrom('-e1', '-tsoon', '--time=', '--expires-at=E x', '--issuer=', '--id-token', '--version'),
  word,
);

/** Mostly a command line that is right. */
export const argv = fc.oneof(
  { weight: 8, arbitrary: right },
  fc
    .tuple(right, wrong, fc.nat())
    .map(([words, more, at]) => words.toSpliced(at % (words.length + 1), 0, more)),
);

/** The content of a file `config`; empty if it does not exist. */
export const config = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom('default-min-lifetime', 'default_min_lifetime', 'other'),
        fc.constantFrom(0, 60, '60', 1e3, 2 ** 53 - 1),
      )
      .map(
        ([member, value]) =>
          `# a\n${JSON.stringify({ 'oidc-gen': [{}], 'oidc-token': { [member]: value } })}`,
      ),
  },
  fc.constantFrom('# nothing', '{"oidc-token": null}', ' # a\n{"oidc-token":{}}\n#b'),
  fc.oneof(
    fc.constantFrom('{', '[]', '{"oidc-token": []}'),
    fc
      .constantFrom(-1, 1.5, null, '', 'soon', true, {}, 2 ** 53)
      .map((value) => JSON.stringify({ 'oidc-token': { 'default-min-lifetime': value } })),
  ),
);

const errors = fc.constantFrom(
  'account not loaded',
  'No account configured with that short name',
  'Agent locked',
  'operation forbidden',
  'invalid_grant',
  'invalid_grants',
  'invalid_token: x',
  'interaction_required: x',
  'login_required_',
  "'/a' is in use by process 7",
  "'/a\nb' is in use by process 7",
  'could not connect to url',
  'Received Http Status Code 503',
  'Received Http Status Code 5',
  'temporarily_unavailable_',
  'wait and try again later (7s)',
);

const kinds = fc.constantFrom(...FAILURE_KINDS);

const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const token = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: visible, minLength: 1 }) },
  { weight: 4, arbitrary: fc.constantFrom('abc.def', "'", 'a\\b"c/') },
  fc.constant('a'.repeat(70_000)),
);

export type Member = readonly [name: string, value: unknown];
const member = (called: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<Member> =>
  value.map((given) => [called, given]);
const info = member('info', fc.oneof(text, fc.constantFrom(' ', '\n', 'one\n\ttwo  \u2028')));
const other = member('other', fc.jsonValue());

/** A member of another type, or an invalid one; of two members with one name the last wins. */
const broken = fc.oneof(
  member('status', fc.oneof(fc.constantFrom('Success', ''), fc.jsonValue({ maxDepth: 1 }))),
  member('access_token', fc.oneof(text, fc.jsonValue({ maxDepth: 1 }))),
  member('issuer', fc.oneof(text, fc.constantFrom(null, 1))),
  member(
    'expires_at',
    fc.oneof(
      fc.double(),
      fc.constantFrom('0x10', ' 1', '-1', -1, -0, 1.5, 1e21, true, null, 2 ** 53, '9007199254740992'),
    ),
  ),
  member('info', fc.constantFrom(1, {}, null)),
  member('error', fc.constantFrom(null, {})),
);

const success: fc.Arbitrary<readonly Member[]> = fc.tuple(
  member('status', fc.constant('success')),
  member('access_token', token),
  member('issuer', fc.oneof(fc.constantFrom('https://iam.example/', '', null), fc.webUrl())),
  member('expires_at', fc.oneof(fc.nat(), fc.nat().map(String), fc.constantFrom('', null, 2 ** 53 - 1))),
);
const failure: fc.Arbitrary<readonly Member[]> = fc.tuple(
  member('status', fc.constant('failure')),
  member('error', fc.oneof({ weight: 3, arbitrary: errors }, text)),
  member(
    'kind',
    fc.oneof({ weight: 3, arbitrary: kinds }, fc.constantFrom('', null, 7, 'timeout', 'toString')),
  ),
);

/** In any order; a name may occur twice. */
const members: fc.Arbitrary<readonly Member[]> = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: success }, { weight: 2, arbitrary: failure }),
    fc.array(fc.oneof({ weight: 4, arbitrary: info }, other, member('__proto__', text)), { maxLength: 2 }),
    fc.array(broken, { maxLength: 1 }),
    fc.boolean(),
  )
  .chain(([needed, more, odd, oddIsLast]) => {
    const usual = [...needed, ...more];
    return fc
      .shuffledSubarray(usual, { minLength: usual.length })
      .map((shuffled) => (oddIsLast ? [...shuffled, ...odd] : [...odd, ...shuffled]));
  });

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** Writes JSON as a program may: with any spelling of each character, and with optional spaces. `throws` are of dice. */
export function write(given: readonly Member[], throws: readonly number[]): string {
  let count = 0;
  const dice = () => throws[count++ % throws.length] ?? 0;
  const space = () => ['', '', '', ' ', '\n\t'][dice()] ?? '';
  const unit = (character: string) => {
    const hexadecimal = character.charCodeAt(0).toString(16).padStart(4, '0');
    const must = character < ' ' || character === '"' || character === '\\';
    const spellings = [SHORT[character], `\\u${hexadecimal}`, `\\u${hexadecimal.toUpperCase()}`];
    // As the C agent writes its line breaks.
    if (character < ' ') spellings.push(character);
    return (must || dice() > 3 ? spellings[dice()] : undefined) ?? (must ? `\\u${hexadecimal}` : character);
  };
  const value = (part: unknown): string => {
    if (typeof part === 'string') return `"${part.length > 1000 ? part : part.split('').map(unit).join('')}"`;
    if (typeof part === 'number' && dice() > 3) return part.toExponential();
    return JSON.stringify(part);
  };
  const written = given.map(
    ([called, part]) => `${space()}${value(called)}${space()}:${space()}${value(part)}${space()}`,
  );
  return `${space()}{${written.join(',')}}${space()}`;
}

const answerText = fc
  .tuple(members, fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 40 }))
  .map(([given, throws]) => write(given, throws));

/** Damages the bytes of a text: truncates, changes or inserts some. */
export const damagedBytesOf = (text: fc.Arbitrary<string>) =>
  fc
    .tuple(text, fc.nat(), fc.nat({ max: 3 }), fc.uint8Array({ maxLength: 4 }), fc.boolean())
    .map(([json, place, length, inserted, isCut]) => {
      const bytes = Buffer.from(json);
      const at = place % (bytes.length + 1);
      const rest = isCut ? Buffer.alloc(0) : bytes.subarray(at + length);
      return Buffer.concat([bytes.subarray(0, at), inserted, rest]);
    });

const nonsense = fc.oneof(
  fc.json(),
  text,
  answerText.map((json) => json + json),
  fc.constantFrom(
    '',
    ' ',
    '\ufeff\u00a0',
    '[[',
    'null',
    '{"status":"success","access_token":"a","expires_at":01}',
  ),
);

export const answer = fc.oneof(
  { weight: 9, arbitrary: answerText.map((json) => Buffer.from(json)) },
  { weight: 2, arbitrary: damagedBytesOf(answerText) },
  nonsense.map((json) => Buffer.from(json)),
);
