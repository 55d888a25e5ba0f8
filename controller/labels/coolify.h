/* coolify.h: the labels that Coolify writes and the ones the mission invented beside them. Inside labels/
 * only. */
#ifndef QUAYWATCH_CONTROLLER_LABELS_COOLIFY_H
#define QUAYWATCH_CONTROLLER_LABELS_COOLIFY_H

#include "controller/labels/fields.h"

/* Whether a real Coolify id is there: application, service or database. */
bool coolify_has_id(const struct pairs *labels);

/* Number of the pull request a preview belongs to, "0" for production. */
const char *coolify_pull_request(const struct pairs *labels);

/* The part of a compose application: its compose service without "-pr-N", in arena; NULL for a single
 * application. */
const char *coolify_part(struct arena *arena, const struct pairs *labels, const char *name);

/* The label by which Coolify calls this a database, or NULL. */
const char *coolify_database_label(const struct pairs *labels);

/* What the tier says about checks: 1 on, 0 off, -ENOENT nothing, -EINVAL nonsense; *label who says it. A path
 * asks for a check as well. */
int coolify_check_wanted(const struct pairs *labels, const char **label);

/* The path of the short form `coolify.healthcheck=/path`. A source_find. */
const char *coolify_short_path(const struct resolution *r, const struct pairs *labels, bool override,
                               const char **name);

/* Whether one of the mission's labels that ask for healing is there: coolify.service, .app, .healthcheck.*.
 */
bool coolify_mission_label(const struct pairs *labels);

/* Adds what is known but means nothing here (coolify.managed, .resource.*, …) to the metadata. */
void coolify_metadata(struct resolution *r);

#endif
