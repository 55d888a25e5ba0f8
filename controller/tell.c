/* SPDX-License-Identifier: MIT */
/* tell.c: what happened goes to the log and to the journal, in the same words. */
#include "controller/controller_internal.h"

#include <stdarg.h>
#include <stdio.h>

#include "controller/chronicle.h"
#include "controller/alerts.h"
#include "controller/core/log.h"

void tell(struct controller *controller, enum severity severity, const char *kind,
          const struct instance *instance, const char *format, ...)
{
    static const enum log_level level[SEVERITY_COUNT] = {
        [SEVERITY_INFO] = LOG_LEVEL_INFO,
        [SEVERITY_WARNING] = LOG_LEVEL_WARN,
        [SEVERITY_CRITICAL] = LOG_LEVEL_ERROR,
        [SEVERITY_EMERGENCY] = LOG_LEVEL_ERROR,
    };
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    const char *service = instance ? instance_service_name(instance) : NULL;
    const char *container = instance ? instance->observed->container : NULL;
    log_line(level[severity], service, container, "%s", sentence);
    journal_add(controller->journal, &(struct journal_event){.at_wall_ms = controller->now.wall_ms,
                                                             .severity = severity,
                                                             .kind = kind,
                                                             .service = service ? service : "",
                                                             .container = container ? container : "",
                                                             .sentence = sentence});
    chronicle_event(controller);
    alerts_heard(controller, kind, instance);
}

const char *instance_service_name(const struct instance *instance)
{
    return instance->service->name ? instance->service->name : instance->spec->name;
}
