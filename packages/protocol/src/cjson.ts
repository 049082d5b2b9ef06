/** Any value that JSON can carry. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/**
 * Prints JSON byte for byte as the C library cJSON does (`cJSON_Print`), because the C suite prints it and scripts may
 * rely on it: one member a line, indented with tabs, a tab after the colon; arrays on one line.
 */
export function printCjson(value: JsonValue): string {
  return print(value, 0);
}

function print(value: JsonValue, depth: number): string {
  if (typeof value === 'number') return printNumber(value);
  if (isArray(value)) return `[${value.map((item) => print(item, depth + 1)).join(', ')}]`;
  if (value !== null && typeof value === 'object') return printObject(value, depth + 1);
  // cJSON escapes the same characters as JSON.stringify and leaves all others as they are.
  return JSON.stringify(value);
}

function printObject(object: JsonObject, depth: number): string {
  const indent = '\t'.repeat(depth);
  const members = Object.entries(object).map(
    ([name, value]) => `${indent}${JSON.stringify(name)}:\t${print(value, depth)}`,
  );
  const lines = members.length > 0 ? `${members.join(',\n')}\n` : '';
  return `{\n${lines}${'\t'.repeat(depth - 1)}}`;
}

/** 15 digits where they say the number, else 17; cJSON settles for 15 already when the last bit differs. */
function printNumber(number: number): string {
  if (!Number.isFinite(number)) return 'null';
  const short = formatGeneral(number, 15);
  return Number(short) === number ? short : formatGeneral(number, 17);
}

/** C's `%.<digits>g`. */
function formatGeneral(number: number, digits: number): string {
  const [mantissa = '', exponentText = ''] = number.toExponential(digits - 1).split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < digits) return stripZeros(number.toFixed(digits - 1 - exponent));
  const sign = exponent < 0 ? '-' : '+';
  return `${stripZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function stripZeros(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

// Array.isArray does not narrow readonly arrays.
function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
