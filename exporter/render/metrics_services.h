/* metrics_services.h: the part of the metrics page that says how each service is. Labels carry the services'
 * names, never container ids. */
#ifndef QUAYWATCH_EXPORTER_RENDER_METRICS_SERVICES_H
#define QUAYWATCH_EXPORTER_RENDER_METRICS_SERVICES_H

struct metrics_page;
struct registry;

/* Health, response time, breaker and status of every service, and CPU and memory of its replicas. */
void metrics_services(const struct metrics_page *page, const struct registry *registry);

#endif
