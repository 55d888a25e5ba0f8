/* SPDX-License-Identifier: MIT */
/* The remembered colours. Not a module: it runs in the head, so that they hold before anything is painted. */
'use strict';

try {
  const theme = localStorage.getItem('quaywatch-theme');
  if (['light', 'dark'].includes(theme)) document.documentElement.dataset.theme = theme;
} catch { /* private mode */ }
