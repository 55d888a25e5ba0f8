/* view.h: what is shown of a service beyond its plain fields: addresses, the breaker as one, percentiles, and
 * text without secrets. Pure. */
#ifndef QUAYWATCH_EXPORTER_RENDER_VIEW_H
#define QUAYWATCH_EXPORTER_RENDER_VIEW_H

#include "controller/core/endpoint.h"

struct json_writer;

enum { VIEW_URL = ENDPOINT_URL, VIEW_SHORT_ID = 13 };

/* The first 12 digits of an engine id. */
void view_short_id(const char *id, char ret[static VIEW_SHORT_ID]);

/* "http://rag-service:5000": the name under which other containers (or, outside Docker, all) reach it. ""
 * when there is none.
 */
void view_dns_url(const struct instance *instance, char ret[static VIEW_URL]);

/* "http://172.20.0.2:5000", IPv6 in brackets. "" without address or port. */
void view_address_url(const struct instance *instance, char ret[static VIEW_URL]);

/* The breakers of a service as one: closed while any instance's is, else half-open while any is, else open;
 * the largest count and the latest times, tripped if any is. */
struct breaker_view view_breaker(const struct service *service);

/* Nearest-rank percentiles of response times, in ms; count 0: nothing measured yet. */
struct percentiles {
    size_t count;
    double p50, p95, p99, mean;
};
struct percentiles view_percentiles(const struct samples *samples);
struct percentiles view_service_percentiles(const struct service *service);

/* What an instance uses; NULL when it does not run or nothing was measured yet. */
const struct usage *view_usage(const struct instance *instance);

/* The sum over the instances that were measured; at_wall_ms is the oldest measurement's, 0: there is none.
 * The ratio is below 0 where none is known, the limit 0 where any has none. */
struct usage view_service_usage(const struct service *service);

/* Writes text as a JSON string, without the userinfo and query string of URLs in it; null for NULL. */
void view_put_clean(struct json_writer *w, const char *text);

/* Writes the key "decision" and the decision itself. */
void view_put_decision(struct json_writer *w, const struct decision_shown *decision);

/* Writes the key "last_stop" and the stop, null when none is known. */
void view_put_last_stop(struct json_writer *w, const struct stop_view *stop);

/* Writes the findings of an instance, its labels' and the running ones, sorted by code. */
void view_put_findings(struct json_writer *w, const struct instance *instance);

#endif
