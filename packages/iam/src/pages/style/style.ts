import { approval } from './approval.ts';
import { base } from './base.ts';
import { controls } from './controls.ts';
import { lists } from './lists.ts';

/** The style of every page: system fonts, one accent colour, large controls, light or dark like the user's system. */
export const style = [base, controls, approval, lists].join('');
