/* SPDX-License-Identifier: MIT */
/* Whether this daemon lets anybody change something: asked once, of the platform's description. */
import { getObject } from './get.js';

let asked = null;

/* A sentence why nothing can be changed from here; "" when it can be, with the token. */
export function changesOff() {
  asked ??= getObject('/').then((about) => {
    if (about?.access?.change !== 'off') return '';
    return 'Changes are off: quaywatch has no AUTH_TOKEN.';
  });
  return asked;
}
