/* SPDX-License-Identifier: MIT */
/* One question to the daemon, with the token of this tab where it has one. */
import { remember } from './dom.js';
import { setClock } from './time.js';

const TIMEOUT_MS = 5000;

export async function get(path, headers = {}) {
  const token = remember('sessionStorage', 'quaywatch-token');
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, {
    headers: { Accept: 'application/json', ...headers },
    cache: 'no-store',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  setClock(answer.headers.get('Date'));
  return answer;
}
