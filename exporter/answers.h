/* answers.h: the handlers of the routes; what each answers stands in routes.c and CONTRACT section 9. */
#ifndef QUAYWATCH_EXPORTER_ANSWERS_H
#define QUAYWATCH_EXPORTER_ANSWERS_H

#include "exporter/request.h"

/* page.c: the dashboard, or the platform info for those who want JSON; the other files of PAGE_FILES
 * (page.h). */
void answer_root(const struct request *request, struct answer *answer);
void answer_page_file(const struct request *request, struct answer *answer);

/* page.c: adds what every page of ours says: that it loads nothing from elsewhere, and stands in no frame. */
void answer_page_headers(struct answer *answer);

/* answers_health.c: the controller itself. */
void answer_health(const struct request *request, struct answer *answer);
void answer_metrics(const struct request *request, struct answer *answer);

/* answers_status.c: the registry as a whole, and one service of it. */
void answer_status(const struct request *request, struct answer *answer);
void answer_samples(const struct request *request, struct answer *answer);
void answer_states(const struct request *request, struct answer *answer);
void answer_lint(const struct request *request, struct answer *answer);
void answer_graph(const struct request *request, struct answer *answer);
void answer_service_status(const struct request *request, struct answer *answer);

/* answers_services.c: discovery. */
void answer_services(const struct request *request, struct answer *answer);
void answer_service(const struct request *request, struct answer *answer);
void answer_services_health(const struct request *request, struct answer *answer);
void answer_services_stats(const struct request *request, struct answer *answer);
void answer_resolve(const struct request *request, struct answer *answer);

/* answers_export.c: the registry in the formats of other tools. */
void answer_export(const struct request *request, struct answer *answer);

/* answers_external.c: services outside Docker. */
void answer_register(const struct request *request, struct answer *answer);
void answer_heartbeat(const struct request *request, struct answer *answer);
void answer_deregister(const struct request *request, struct answer *answer);

/* answers_explain.c: why. */
void answer_explain(const struct request *request, struct answer *answer);

/* answers_history.c: how it was. */
void answer_history(const struct request *request, struct answer *answer);
void answer_service_history(const struct request *request, struct answer *answer);

/* answers_render.c: a template, tried out. */
void answer_render(const struct request *request, struct answer *answer);

/* docs.c: the API's own description, for programs and for people. */
void answer_openapi(const struct request *request, struct answer *answer);
void answer_docs(const struct request *request, struct answer *answer);

/* answers_events.c: what happened. */
void answer_events(const struct request *request, struct answer *answer);

/* The HTTP status for what an action refuses with this code (see struct actions). */
int refusal_status(int code);

/* answers_exports.c: how the standing exits fare. */
void answer_exports(const struct request *request, struct answer *answer);

/* answers_alerts.c: what fires. */
void answer_alerts(const struct request *request, struct answer *answer);

/* answers_alert_test.c: whether a channel for alerts works. */
void answer_alert_test(const struct request *request, struct answer *answer);

/* answers_change.c: what a person asks for; and what is not built yet (501). */
void answer_reload(const struct request *request, struct answer *answer);
void answer_maintenance(const struct request *request, struct answer *answer);
void answer_breaker_trip(const struct request *request, struct answer *answer);
void answer_breaker_reset(const struct request *request, struct answer *answer);
void answer_not_built(const struct request *request, struct answer *answer);

#endif
