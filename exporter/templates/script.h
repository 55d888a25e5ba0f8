/* script.h: templates with Lua in them. All of the template becomes one function: texts, values and
 * expressions are calls between the statements, so that loops go around them. */
#ifndef QUAYWATCH_EXPORTER_TEMPLATES_SCRIPT_H
#define QUAYWATCH_EXPORTER_TEMPLATES_SCRIPT_H

#include "exporter/templates/render.h"

/* Writes all pieces. Fails with a sentence, and render->place. */
int script_render(struct render *render, struct error *err);

#endif
