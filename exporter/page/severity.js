/* SPDX-License-Identifier: MIT */
/* How bad an event or an alert is, as a tone and a shape. */
import { h, icon } from './dom.js';

const TONES = { info: 'accent', warning: 'degraded', critical: 'unhealthy', emergency: 'failed' };
const ICONS = { info: 'i-none', warning: 's-degraded', critical: 's-unhealthy', emergency: 's-failed' };

/* Of anything else than a known severity: info. */
export const severityOf = (told) => (Object.hasOwn(TONES, told.severity) ? told.severity : 'info');
export const severityTone = (severity) => TONES[severity];
export const severityKnot = (severity) =>
  h('span', { class: 'knot' }, icon(ICONS[severity]), h('span', { class: 'quiet' }, severity));
