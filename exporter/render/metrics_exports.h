/* metrics_exports.h: how the standing exits of the registry fare, as metrics. */
#ifndef QUAYWATCH_EXPORTER_RENDER_METRICS_EXPORTS_H
#define QUAYWATCH_EXPORTER_RENDER_METRICS_EXPORTS_H

struct exporter_context;
struct metrics_page;

/* The families export_*, with a sample a target of each exit. */
void metrics_exports(const struct metrics_page *page, const struct exporter_context *context);

#endif
