/* SPDX-License-Identifier: MIT */
/* The dashboard starts here: colours, keys, the frame, the first view, and then the daemon is listened to. */
import { listenActions } from './actions.js';
import { $, icon, remember } from './dom.js';
import { setReadToken } from './get.js';
import { listenKeys } from './keys.js';
import { startLive, wake } from './live.js';
import { startRouter } from './router.js';
import { showConnection, startShell } from './shell.js';
import { tickTimes } from './time.js';
import { views } from './views.js';

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

function listenToken() {
  $('token').addEventListener('submit', (event) => {
    event.preventDefault();
    setReadToken($('token-field').value);
    $('token-field').value = '';
    wake();
  });
}

/* By hand, since the part after # in the address names the view. */
$('skip').addEventListener('click', (event) => {
  event.preventDefault();
  $('view').focus();
});

listenTheme();
listenKeys();
listenToken();
listenActions();
startShell();
startRouter(views);
startLive();
setInterval(() => {
  tickTimes();
  showConnection();
}, 1000);
