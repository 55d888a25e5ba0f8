/* SPDX-License-Identifier: MIT */
/* All views, in the order of the navigation; a new one is a module of its own and a line here (what a view is: router.js;
 * its icon: a symbol in index.html; its style: a file in style/ that style.css imports). */
import { balanceView } from './view_balance.js';
import { eventsView } from './view_events.js';
import { exportsView } from './view_exports.js';
import { findingsView } from './view_findings.js';
import { graphView } from './view_graph.js';
import { serviceView } from './view_service.js';
import { servicesView } from './view_services.js';

export const views = [servicesView, serviceView, graphView, eventsView, findingsView, balanceView, exportsView];
