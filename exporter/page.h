/* page.h: the files of the dashboard. A file in exporter/page/ is embedded and served by its line here. */
#ifndef QUAYWATCH_EXPORTER_PAGE_H
#define QUAYWATCH_EXPORTER_PAGE_H

#define PAGE_SCRIPT "text/javascript; charset=utf-8"

/* FILE(symbol, name, content type, summary): answered at "/name", for everybody. */
#define PAGE_FILES(FILE)                                                                                     \
    FILE(style_css, "style.css", "text/css; charset=utf-8", "the dashboard's style")                         \
    FILE(icon_svg, "icon.svg", "image/svg+xml", "the dashboard's icon")                                      \
    FILE(theme_js, "theme.js", PAGE_SCRIPT, "the dashboard: remembered colours, before it is painted")       \
    FILE(app_js, "app.js", PAGE_SCRIPT, "the dashboard: start, colours, keys")                               \
    FILE(asking_js, "asking.js", PAGE_SCRIPT, "the dashboard: asks the daemon again and again")              \
    FILE(summary_js, "summary.js", PAGE_SCRIPT, "the dashboard: overall state, platform, own health")        \
    FILE(services_js, "services.js", PAGE_SCRIPT, "the dashboard: list, search, filter")                     \
    FILE(service_js, "service.js", PAGE_SCRIPT, "the dashboard: one service")                                \
    FILE(instance_js, "instance.js", PAGE_SCRIPT, "the dashboard: one instance")                             \
    FILE(why_js, "why.js", PAGE_SCRIPT, "the dashboard: why an instance is treated as it is")                \
    FILE(explaining_js, "explaining.js", PAGE_SCRIPT, "the dashboard: asks why, while somebody looks")       \
    FILE(get_js, "get.js", PAGE_SCRIPT, "the dashboard: one question to the daemon")                         \
    FILE(samples_js, "samples.js", PAGE_SCRIPT, "the dashboard: response times and their line")              \
    FILE(copy_js, "copy.js", PAGE_SCRIPT, "the dashboard: buttons that copy")                                \
    FILE(time_js, "time.js", PAGE_SCRIPT, "the dashboard: points in time")                                   \
    FILE(words_js, "words.js", PAGE_SCRIPT, "the dashboard: values as words")                                \
    FILE(dom_js, "dom.js", PAGE_SCRIPT, "the dashboard: elements")

#endif
