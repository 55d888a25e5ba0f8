/* SPDX-License-Identifier: MIT */
/* Buttons that copy a text. */
import { $, h, icon, setText } from './dom.js';

async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  // Plain http on another host has no clipboard API.
  const field = h('textarea', { class: 'quiet', readonly: true });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (!done) throw new Error('refused');
  return undefined;
}

export async function copyFrom(button, text) {
  try {
    await copyText(text);
    button.replaceChildren(icon('i-done'));
    button.classList.add('copied');
    setText($('said'), 'Copied.');
  } catch {
    setText($('said'), 'The browser did not allow copying.');
  }
  button.focus({ preventScroll: true });
  setTimeout(() => {
    button.replaceChildren(icon('i-copy'));
    button.classList.remove('copied');
    setText($('said'), '');
  }, 1600);
}

export function copyButton(text, what) {
  const attributes = { class: 'ghost copy', type: 'button', 'aria-label': `Copy ${what}`, title: 'Copy' };
  const button = h('button', attributes, icon('i-copy'));
  button.addEventListener('click', () => copyFrom(button, text));
  return button;
}
