// Loads the plug-in as Coop does (server/services/signalsService/helpers/loadPluginSignals.ts,
// commit 7398937c4c1234880c1a63cd2766989467596ed4) and runs its signals.
// Called with the folder of the plug-in; questions come as JSON on standard input.
'use strict';

const { readFileSync } = require('node:fs');

async function main() {
  const loaded = require(process.argv[2]);
  const plugin = loaded.default ?? loaded;
  const answers = [];
  for (const { environment, url } of JSON.parse(readFileSync(0, 'utf8'))) {
    for (const name of Object.keys(process.env).filter((one) => one.startsWith('PROVENANCE_'))) {
      delete process.env[name];
    }
    Object.assign(process.env, environment);
    const context = { integrationId: plugin.manifest.id, getCredential: async () => ({}) };
    const answer = {};
    for (const { signalTypeId, signal } of plugin.createSignals(context)) {
      const input = { orgId: 'org', value: { type: 'IMAGE', value: { url } } };
      answer[signalTypeId] = await signal.run(input).catch((error) => ({ error: error.message }));
      answer.disabled = await signal.getDisabledInfo('org');
      answer.shown = { ...answer.shown, [signalTypeId]: { ...signal } };
    }
    answers.push(answer);
  }
  console.log(JSON.stringify({ manifest: plugin.manifest, answers }));
}

main();
