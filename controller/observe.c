/* SPDX-License-Identifier: MIT */
/* observe.c: the engine, or a proxy before it, refuses restarts: then there is nothing to be done but to
 * watch and to say so. One more restart is tried now and then, since somebody may have mended it. A part of
 * the controller. */
#include "controller/controller_internal.h"

enum { TRY_AGAIN_MS = 10 * 60 * 1000 };

void observe_show(struct controller *controller)
{
    struct controller_view view = *registry_controller(controller->registry);
    view.mode = controller->observe_only[0] || controller->second[0] ? "observe"
                : controller->options->dry_run                       ? "dry-run"
                                                                     : "act";
    registry_apply(controller->registry, &(struct change){.kind = CHANGE_CONTROLLER, .controller = &view},
                   controller->now);
    controller->all_dirty = controller->dirty = true;
}

void observe_begin(struct controller *controller, const char *sentence)
{
    bool already = controller->observe_only[0] != '\0';
    snprintf(controller->observe_only, sizeof controller->observe_only,
             "the engine (or a proxy before it) refuses restarts: %.180s", sentence);
    controller->observe_ends_mono_ms = controller->now.mono_ms + TRY_AGAIN_MS;
    if (!already)
        tell(controller, SEVERITY_CRITICAL, "observe", NULL, "Observing only: %s", controller->observe_only);
    observe_show(controller);
}

void observe_end(struct controller *controller)
{
    if (!controller->observe_only[0])
        return;
    controller->observe_only[0] = '\0';
    observe_show(controller);
}

void observe_look(struct controller *controller)
{
    if (controller->observe_only[0] && controller->now.mono_ms >= controller->observe_ends_mono_ms)
        observe_end(controller);
}
