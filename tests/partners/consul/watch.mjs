/* SPDX-License-Identifier: MIT */
/* watch.mjs PORT SERVICE: a client that waits by blocking questions, as the consul package does: writes the ids of what
 * passes, one line a change. */
import Consul from 'consul';

const [port, service] = process.argv.slice(2);
const consul = new Consul({ host: '127.0.0.1', port: Number(port) });
const watch = consul.watch({
  method: consul.health.service,
  options: { service, passing: true, wait: '20s' },
  backoffFactor: 100,
});
watch.on('change', (entries) => {
  console.log(`passing: ${entries.map((entry) => entry.Service.ID).sort().join(' ') || 'none'}`);
});
watch.on('error', (error) => console.log(`error: ${error.message}`));
