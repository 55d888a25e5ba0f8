/* page.h: the files of the dashboard. exporter/page/ holds their sources: scripts and styles are joined with
 * what they import and made small at build (Makefile, PAGE), so only what the browser asks for by itself has
 * a line here: a new view is a module that exporter/page/views.js imports, and needs none. */
#ifndef QUAYWATCH_EXPORTER_PAGE_H
#define QUAYWATCH_EXPORTER_PAGE_H

#define PAGE_SCRIPT "text/javascript; charset=utf-8"

/* FILE(symbol, name, content type, summary): answered at "/name", for everybody. */
#define PAGE_FILES(FILE)                                                                                     \
    FILE(style_css, "style.css", "text/css; charset=utf-8", "the dashboard's style")                         \
    FILE(docs_css, "docs.css", "text/css; charset=utf-8", "the style of /docs")                              \
    FILE(icon_svg, "icon.svg", "image/svg+xml", "the dashboard's icon")                                      \
    FILE(theme_js, "theme.js", PAGE_SCRIPT, "the dashboard: remembered colours, before it is painted")       \
    FILE(app_js, "app.js", PAGE_SCRIPT, "the dashboard's script")                                            \
    FILE(layout_js, "layout.js", PAGE_SCRIPT, "the dashboard: how graphs are laid out, when one is drawn")   \
    FILE(licences_txt, "licences.txt", "text/plain; charset=utf-8", "licences of what the dashboard uses")

#endif
