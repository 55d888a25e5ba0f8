/* assess.h: which check runs for an instance, and what all that is known of it adds up to. Pure. CONTRACT
 * section 4. */
#ifndef QUAYWATCH_CONTROLLER_ASSESS_H
#define QUAYWATCH_CONTROLLER_ASSESS_H

#include "controller/healing/healing.h"
#include "health/verdict.h"

/* What is checked. */
struct check_plan {
    enum check_kind probe; /* what is probed, or CHECK_NONE: nothing */
    bool implicit;         /* the probe was not asked for */
    bool docker;           /* Docker's own verdict counts */
    char *target;          /* what is shown of it: URL, file, the word "command"; or NULL; check_plan_free */
    const char *finding; /* static code of what stands in the way ("unreachable-network", "missing-port", …)
                            or NULL */
    const char *reason;  /* its sentence, static or the container's own text */
};

/* The plan for a container. enabled: checks are on at all; tcp_instead: an implicit http check met bytes that
 * are not HTTP before. */
void check_plan(const struct spec *spec, const struct observed *observed, bool enabled, bool tcp_instead,
                struct check_plan *ret);

/* Frees what a plan holds; it is all zero afterwards. */
void check_plan_free(struct check_plan *plan);

/* A short name of the planned check ("http /health"), for remembering that it has passed; ret of at least 96
 * bytes. */
void check_plan_name(const struct check_plan *plan, const struct spec *spec, char ret[static 96]);

struct assessment {
    const struct spec *spec;
    const struct observed *observed;
    const struct check_plan *plan;
    const struct verdict *verdict;
    const struct outcome *outcome; /* the latest, or NULL */
    const struct healing *healing;
    const struct service *service; /* for its dependencies' statuses, or NULL */
};

/* Fills the view (check_items is a copy, freed by whoever takes it over). view->status is the status as the
 * checks say; failed is put over it by the caller. */
void assess(const struct assessment *input, struct health_view *ret);

#endif
