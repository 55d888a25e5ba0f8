/* SPDX-License-Identifier: MIT */
/* The dashboard starts here: colours, keys, and the first question to the daemon. */
import { tickLost, turn } from './asking.js';
import { copyFrom } from './copy.js';
import { $, icon, remember } from './dom.js';
import { clearFilter, listenFilter } from './services.js';
import { tickTimes } from './time.js';

const THEMES = { auto: 'as the system says', light: 'light', dark: 'dark' };

/* theme.js has set the remembered theme by now. */
function listenTheme() {
  const button = $('theme'), all = Object.keys(THEMES), page = document.documentElement.dataset;
  let theme = page.theme ?? 'auto';
  const draw = () => {
    button.replaceChildren(icon(`i-${theme}`));
    button.setAttribute('aria-label', `Colours: ${THEMES[theme]}. Change`);
    button.title = `Colours: ${THEMES[theme]}`;
  };
  draw();
  button.addEventListener('click', () => {
    theme = all[(all.indexOf(theme) + 1) % all.length];
    remember('localStorage', 'quaywatch-theme', theme);
    if (theme === 'auto') delete page.theme;
    else page.theme = theme;
    draw();
  });
}

function listenKeys(event) {
  const typing = document.activeElement?.matches('input:not([type="checkbox"]), textarea');
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === '/' && plain && !typing && !$('tools').hidden) {
    event.preventDefault();
    $('search').focus();
    $('search').select();
  } else if (event.key === 'Escape' && document.activeElement === $('search')) {
    if ($('search').value) clearFilter();
    else $('search').blur();
  }
}

function listenToken() {
  $('token').addEventListener('submit', (event) => {
    event.preventDefault();
    remember('sessionStorage', 'quaywatch-token', $('token-field').value);
    turn();
  });
}

listenTheme();
listenFilter();
listenToken();
$('sample-copy').addEventListener('click', (event) => copyFrom(event.currentTarget, $('sample').textContent));
document.addEventListener('keydown', listenKeys);
document.addEventListener('visibilitychange', turn);
setInterval(() => {
  tickTimes();
  tickLost();
}, 1000);
turn();
