/* SPDX-License-Identifier: MIT */
/* Questions to the daemon, with the tokens of this tab where it has them: one to read, one to change. They live in
 * this tab alone, and never in an address. */
import { remember } from './dom.js';
import { setClock } from './time.js';

const TIMEOUT_MS = 5000;
const CHANGE_TIMEOUT_MS = 20000; // the engine may take its time
const READ = 'quaywatch-token', CHANGE = 'quaywatch-change-token';

export const hasChangeToken = () => Boolean(remember('sessionStorage', CHANGE));
export const setReadToken = (token) => remember('sessionStorage', READ, token);
export const setChangeToken = (token) => remember('sessionStorage', CHANGE, token);

/* Who may change may read, too. */
export function readHeaders(headers = {}) {
  const token = remember('sessionStorage', READ) || remember('sessionStorage', CHANGE);
  return { Accept: 'application/json', ...token && { Authorization: `Bearer ${token}` }, ...headers };
}

export async function get(path, headers) {
  const answer = await fetch(path, {
    headers: readHeaders(headers), cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  setClock(answer.headers.get('Date'));
  return answer;
}

/* The answer of a route as an object; null when there is none, or none that is of use. */
export async function getObject(path) {
  const answer = await get(path).catch(() => null);
  const value = answer?.ok ? await answer.json().catch(() => null) : null;
  return value && typeof value === 'object' ? value : null;
}

export function post(path) {
  const token = remember('sessionStorage', CHANGE);
  return fetch(path, {
    method: 'POST', cache: 'no-store', signal: AbortSignal.timeout(CHANGE_TIMEOUT_MS),
    headers: { Accept: 'application/json', ...token && { Authorization: `Bearer ${token}` } },
  });
}
