/* SPDX-License-Identifier: MIT */
/* What a person asks for: each question is confirmed, carries the token of this tab, and shows a refusal as it is said. */
import assert from 'node:assert/strict';
import { fleet, live, pageTest, text, together, until, visit } from './page.mjs';

const dialog = (page) => page.locator('#ask');
const press = (page, name) => page.locator('.actions').getByRole('button', { name }).click();

async function giveToken(page, token = 's3cret') {
  await page.locator('#ask-token-field').fill(token);
  await page.locator('#ask-yes').click();
}

together('actions', () => {
  pageTest('restart: says what happens, asks for the token once, and says that it is under way', fleet, async (page, server) => {
    await live(page);
    await visit(page, 'rag-api');
    await press(page, 'Restart');
    assert.match(await dialog(page).innerText(), /Restart rag-api\?[^]*Its only instance is restarted/);
    assert.deepEqual(server.asked, []);
    await giveToken(page);
    await dialog(page).waitFor({ state: 'hidden' });
    assert.equal(await text(page, '#toast'), 'The restart of rag-api is under way.');
    assert.deepEqual(server.asked, ['/api/v1/services/rag-api/reload']);
    await press(page, 'Restart');
    assert.ok(await page.locator('#ask-token').isHidden(), 'the token is known in this tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'ask-no', 'Enter alone changes nothing');
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'hidden' });
    assert.match(await page.evaluate(() => document.activeElement.innerText), /Restart/, 'focus is back');
    assert.equal(server.asked.length, 1);
    assert.ok(!page.url().includes('s3cret'));
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes('s3cret')), false);
  });

  pageTest('a wrong token: the refusal, and another try', fleet, async (page, server, complaints) => {
    await live(page);
    await visit(page, 'rag-api');
    await press(page, 'Restart');
    await giveToken(page, 'wrong');
    await page.locator('#ask-refusal').waitFor();
    assert.equal(await text(page, '#ask-refusal'), 'Changes need the AUTH_TOKEN.');
    assert.deepEqual(server.asked, []);
    await giveToken(page);
    await dialog(page).waitFor({ state: 'hidden' });
    assert.equal(server.asked.length, 1);
    assert.ok(complaints.every((line) => line.includes('401')), String(complaints));
    complaints.length = 0;
  });

  pageTest('a conflict is shown, and can be forced', fleet, async (page, server, complaints) => {
    await live(page);
    await visit(page, 'rag-api');
    server.onChange = (path) => (path.includes('force=true') ? [202, {}]
      : [409, { detail: 'A deployment of rag-api is under way.' }]);
    await press(page, 'Restart');
    await giveToken(page);
    await page.locator('#ask-refusal').waitFor();
    assert.equal(await text(page, '#ask-refusal'), 'A deployment of rag-api is under way.');
    assert.equal(await text(page, '#ask-yes'), 'Restart anyway');
    assert.ok(await page.locator('#ask-token').isHidden(), 'the token was the right one');
    await page.locator('#ask-yes').click();
    await dialog(page).waitFor({ state: 'hidden' });
    assert.deepEqual(server.asked, ['/api/v1/services/rag-api/reload', '/api/v1/services/rag-api/reload?force=true']);
    complaints.length = 0;
  });

  pageTest('maintenance: for how long; then it is shown and can be ended', fleet, async (page, server) => {
    await live(page);
    await visit(page, 'billing');
    server.onChange = () => [200, {}];
    await press(page, 'Maintenance');
    assert.equal(await page.locator('#ask-choice').inputValue(), '1h');
    await page.locator('#ask-choice').selectOption('4h');
    await giveToken(page);
    await dialog(page).waitFor({ state: 'hidden' });
    const doc = structuredClone(server.doc);
    doc.services.find((s) => s.name === 'billing').maintenance_until = new Date(Date.now() + 4 * 3600e3).toISOString();
    server.doc = doc;
    await page.locator('.tag.loud').waitFor();
    assert.match(await text(page, '.tag.loud'), /maintenance, ends in 3 h|maintenance, ends in 4 h/);
    await press(page, 'End maintenance');
    await page.locator('#ask-yes').click();
    await until('it is asked', () => server.asked.length === 2);
    assert.deepEqual(server.asked, ['/api/v1/services/billing/maintenance?duration=4h',
      '/api/v1/services/billing/maintenance?duration=off']);
  });

  pageTest('the breaker: opened where it is closed, closed where it is not', fleet, async (page, server) => {
    await live(page);
    server.onChange = () => [200, {}];
    await visit(page, 'web');
    await press(page, 'Open breaker');
    await giveToken(page);
    await dialog(page).waitFor({ state: 'hidden' });
    await page.locator('.back').click();
    await visit(page, 'billing');
    assert.equal(await page.getByRole('button', { name: 'Open breaker' }).count(), 0);
    await press(page, 'Close breaker');
    await page.locator('#ask-yes').click();
    await until('both are asked', () => server.asked.length === 2);
    assert.deepEqual(server.asked, ['/api/v1/services/web/breaker/trip', '/api/v1/services/billing/breaker/reset']);
  });

  pageTest('without an AUTH_TOKEN there is nothing to press, and why', fleet, async (page, server) => {
    server.authToken = '';
    await page.reload();
    await live(page);
    await visit(page, 'rag-api');
    await page.locator('#why-not:visible').waitFor();
    assert.match(await text(page, '#why-not'), /Changes are off: quaywatch has no AUTH_TOKEN/);
    const button = page.locator('.actions button').first();
    assert.equal(await button.getAttribute('aria-disabled'), 'true');
    assert.equal(await button.getAttribute('aria-describedby'), 'why-not');
    await button.click({ force: true });
    assert.ok(await dialog(page).isHidden());
  });

  pageTest('the daemon is gone meanwhile: nothing is claimed', fleet, async (page, server, complaints) => {
    await live(page);
    await visit(page, 'rag-api');
    await page.route('**/reload', (route) => route.abort());
    await press(page, 'Restart');
    await giveToken(page);
    await page.locator('#ask-refusal').waitFor();
    assert.match(await text(page, '#ask-refusal'), /does not answer; whether it has taken the wish over is not known/);
    complaints.length = 0;
  });
});
