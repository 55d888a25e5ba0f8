/* SPDX-License-Identifier: MIT */
/* How the page stands with the daemon: live.js writes it, shell.js shows it. */

export const connection = {
  lost: null, // the sentence while there is no answer
  reconnecting: false, // the stream broke and is being opened again
  polling: false, // there is no stream; the page asks
  locked: false, // a token is needed
  answeredAt: 0, // wall clock
  retryAt: 0, // wall clock of the next attempt, 0: it is under way
};
