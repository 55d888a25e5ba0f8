/* SPDX-License-Identifier: MIT */
/* Server-sent events over fetch: the browser's own EventSource cannot send a token. */
import { readHeaders } from './get.js';

/* Takes the text of a stream in pieces and gives the messages that are complete: {event, data, id}. */
export class MessageParser {
  rest = '';
  id = '';
  retry = null; // milliseconds, when the stream names them
  #event = '';
  #data = [];

  push(text) {
    const messages = [];
    this.rest += text;
    for (let at; (at = /\r\n|\n|\r(?!$)/.exec(this.rest));) {
      this.#line(this.rest.slice(0, at.index), messages);
      this.rest = this.rest.slice(at.index + at[0].length);
    }
    return messages;
  }

  #line(line, messages) {
    if (line === '') {
      if (this.#data.length > 0) {
        messages.push({ event: this.#event || 'message', data: this.#data.join('\n'), id: this.id });
      }
      this.#event = '';
      this.#data = [];
      return;
    }
    const [, field, value] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (field === 'data') this.#data.push(value ?? '');
    else if (field === 'event') this.#event = value ?? '';
    else if (field === 'id' && !value?.includes('\0')) this.id = value ?? '';
    else if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
  }
}

/* Opens the stream; gives the answer, which may be a refusal. */
export const openStream = (path, lastId, signal) => fetch(path, {
  cache: 'no-store', signal,
  headers: readHeaders({ Accept: 'text/event-stream', ...lastId && { 'Last-Event-ID': lastId } }),
});

/* Reads an opened stream to its end. on.bytes() tells that it lives, on.message(message) what it says. */
export async function readStream(answer, parser, on) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    on.bytes();
    parser.push(value).forEach(on.message);
  }
}
