/* SPDX-License-Identifier: MIT */
/* How graphs are laid out: dagre, from its Debian package. A file of its own, fetched by import('/layout.js') when a graph
 * is drawn. */
export { default } from 'dagre';
