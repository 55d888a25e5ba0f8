/* SPDX-License-Identifier: MIT */
/* A response-time line that is brought level with its points. Decoration: the figure stands beside it. */
import { svg } from './dom.js';
import { SPARK, sparkPaths } from './samples.js';

export class Spark {
  constructor() {
    this.paths = ['area', 'stroke', 'miss']
      .map((name) => svg('path', { class: name, 'vector-effect': 'non-scaling-stroke' }));
    this.node = svg('svg', { class: 'spark', viewBox: `0 0 ${SPARK.width} ${SPARK.height}`,
      preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('path', { class: 'base', d: `M0 ${SPARK.height - 0.5}H${SPARK.width}` }), ...this.paths);
  }

  draw(points) {
    const paths = sparkPaths(points);
    for (const path of this.paths) {
      const drawn = paths[path.getAttribute('class')];
      if (path.getAttribute('d') !== drawn) path.setAttribute('d', drawn);
    }
  }
}
