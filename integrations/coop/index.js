// @ts-check
'use strict';

/*
 * Signals for the rules of Coop (https://github.com/roostorg/coop) from `provenance serve`.
 *
 * The interface is that of `CoopIntegrationPlugin` in Coop's types/integration.ts (commit 1298d26,
 * https://github.com/roostorg/coop/blob/1298d266459fb5d9000a85dae2a6c9cd9f6727fa/types/integration.ts),
 * what `run` is given that of `SignalInput` in
 * https://github.com/roostorg/coop/blob/22361a50e126a261cab5e0b1c2143809e1402d55/server/services/signalsService/signals/SignalBase.ts
 * Coop loads a package with `require`: this is a CommonJS module that needs no build.
 */

const { readFileSync } = require('node:fs');

const SECONDS = 120; // for one file: the service has --timeout (60 s) and may let it wait
const ORIGINS = [
  'ai_generated',
  'ai_modified',
  'ai_possible',
  'captured',
  'digital_creation',
  'unknown',
];
// The weakest first: a rule may say "at least signed".
const ASSURANCES = [
  'none',
  'broken',
  'asserted',
  'detected',
  'signed',
  'verified_private',
  'verified_legacy',
  'verified',
];

/**
 * @typedef {{ service: URL, media: URL, root: string, token: string }} Settings
 * @typedef {{ flagged: string[], verdict: { origin: string, assurance: string } }} Examined
 * @typedef {{ error: { code: string } | null } & Examined} Answer
 */

/**
 * Read what whoever runs Coop's server has set. Not a form of Coop's: with it, each organisation
 * could have the server fetch from addresses of its choice.
 *
 * @param {Record<string, string | undefined>} environment
 * @returns {Settings}
 */
function settings(environment) {
  const service = address(environment, 'PROVENANCE_COOP_SERVICE');
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(service.hostname);
  if (service.protocol !== 'https:' && !here) {
    throw new Error('PROVENANCE_COOP_SERVICE: use https for a service on another computer');
  }
  const file = environment.PROVENANCE_COOP_TOKEN_FILE;
  return {
    service,
    media: address(environment, 'PROVENANCE_COOP_MEDIA'),
    root: environment.PROVENANCE_COOP_ROOT ?? '',
    token: file ? readFileSync(file, 'ascii').trim() : '',
  };
}

/**
 * @param {Record<string, string | undefined>} environment
 * @param {string} name
 */
function address(environment, name) {
  const value = environment[name] ?? '';
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || !url.pathname.endsWith('/')) {
    throw new Error(`${name}: set it to an address that ends in /`);
  }
  return url;
}

/**
 * Return the name of a file below the media address. Items come from strangers: any other address
 * is refused, so that nobody can have the server fetch it.
 *
 * @param {Settings} set
 * @param {URL} url
 */
function below(set, url) {
  const { origin, pathname } = set.media;
  if (url.origin !== origin || url.username || url.password || !url.pathname.startsWith(pathname)) {
    throw new Error('not examined: the file is not below PROVENANCE_COOP_MEDIA');
  }
  const name = decodeURIComponent(url.pathname.slice(pathname.length));
  if (name.split(/[/\\]/).includes('..')) {
    throw new Error('not examined: the address leads out of PROVENANCE_COOP_MEDIA');
  }
  return name;
}

/**
 * Ask the service about one file: by its name, where a root is set, else by its bytes, which pass
 * from the media address to the service and are kept nowhere.
 *
 * @param {Settings} set
 * @param {string} value the address of the file
 * @returns {Promise<Examined>}
 */
async function examined(set, value) {
  const url = new URL(value);
  const name = below(set, url);
  /** @type {Record<string, string>} */
  const headers = set.token ? { Authorization: `Bearer ${set.token}` } : {};
  const common = {
    redirect: /** @type {const} */ ('error'),
    signal: AbortSignal.timeout(SECONDS * 1000),
  };
  let response;
  if (set.root) {
    headers['Content-Type'] = 'application/json';
    const body = JSON.stringify({ root: set.root, name });
    const place = new URL('v1/verify-reference', set.service);
    response = await fetch(place, { ...common, method: 'POST', headers, body });
  } else {
    const media = await fetch(url, common);
    if (!media.ok) {
      throw new Error(`not examined: the media address answered ${media.status}`);
    }
    headers['Content-Type'] = 'application/octet-stream';
    const sent = { method: 'POST', headers, body: media.body, duplex: 'half' };
    response = await fetch(new URL('v1/verify', set.service), { ...common, ...sent });
  }
  if (!response.ok) {
    throw new Error(`not examined: the service answered ${response.status}`);
  }
  const record = /** @type {Answer} */ (await response.json());
  if (record.error) {
    throw new Error(`not examined: ${record.error.code}`);
  }
  return record;
}

/**
 * @typedef {{
 *   type: string, displayName: string, description: string,
 *   outputType: { scalarType: string, enum?: readonly string[], ordered?: boolean },
 *   score: (record: Examined) => string | boolean,
 * }} Kind
 * @type {readonly Kind[]}
 */
const KINDS = [
  {
    type: 'PROVENANCE_FLAGGED',
    displayName: 'Provenance: flagged',
    description:
      'True if the policy of the service flags the file. False does not mean that it is not AI: most generated media carries no evidence.',
    outputType: { scalarType: 'BOOLEAN' },
    score: (record) => record.flagged.length > 0,
  },
  {
    type: 'PROVENANCE_ORIGIN',
    displayName: 'Provenance: origin',
    description:
      'What the evidence in the file says of its origin. "unknown" is the answer for most files, generated ones too.',
    outputType: { scalarType: 'STRING', enum: ORIGINS, ordered: false },
    score: (record) => record.verdict.origin,
  },
  {
    type: 'PROVENANCE_ASSURANCE',
    displayName: 'Provenance: assurance',
    description:
      'How far the evidence can be relied on: "verified" by a signer on a trust list, down to "none".',
    outputType: { scalarType: 'STRING', enum: ASSURANCES, ordered: true },
    score: (record) => record.verdict.assurance,
  },
];

/** @type {(id: string, title: string, value: string) => import('@roostorg/coop-types').ModelCardSection} */
const section = (id, title, value) => ({ id, title, fields: [{ label: 'Summary', value }] });

/** @type {import('@roostorg/coop-types').IntegrationManifest} */
const manifest = {
  id: 'PROVENANCE',
  name: 'Provenance',
  version: '0.1.0',
  description:
    'What media files say of their origin: content credentials (C2PA) and other markers.',
  requiresConfig: false, // of organisations: see `settings`
  signalTypeIds: KINDS.map((kind) => kind.type),
  modelCard: {
    modelName: 'provenance',
    version: '0.1.0',
    sections: [
      section(
        'trainingData',
        'Training data',
        'None: this is not a model. It reads evidence in the file.',
      ),
      section(
        'policyAndTaxonomy',
        'Policy and taxonomy',
        'The policy of the service says what flags a file.',
      ),
      section('annotationMethodology', 'Annotation methodology', 'None: nothing is annotated.'),
      section(
        'performanceBenchmarks',
        'Performance benchmarks',
        'No accuracy is claimed. The same file, trust lists and time give the same answer.',
      ),
      section(
        'biasAndLimitations',
        'Bias and limitations',
        'Most generated media carries no evidence, and evidence without a signature can be forged. Never clear an item because nothing was found.',
      ),
      section(
        'implementationGuidance',
        'Implementation guidance',
        'Combine origin with assurance: an unsigned claim is not proof.',
      ),
      section('relevantLinks', 'Relevant links', 'C2PA specification: https://spec.c2pa.org/'),
    ],
  },
};

/**
 * @param {import('@roostorg/coop-types').PluginSignalContext} context
 * @param {Record<string, string | undefined>} environment
 * @returns {ReadonlyArray<{ signalTypeId: string, signal: import('@roostorg/coop-types').PluginSignalDescriptor }>}
 */
function createSignals(context, environment = process.env) {
  /** @type {Settings | null} */
  let set = null;
  let problem = '';
  try {
    set = settings(environment);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  return KINDS.map(({ type, score, ...shown }) => ({
    signalTypeId: type,
    signal: {
      ...shown,
      id: { type },
      docsUrl: null,
      recommendedThresholds: null,
      supportedLanguages: 'ALL',
      pricingStructure: { type: 'FREE' },
      eligibleInputs: ['IMAGE', 'VIDEO', 'AUDIO'],
      getCost: () => 20, // as Coop has it for a request to another service
      needsMatchingValues: false,
      eligibleSubcategories: [],
      needsActionPenalties: false,
      integration: context.integrationId,
      allowedInAutomatedRules: true,
      getDisabledInfo: async () =>
        problem ? { disabled: true, disabledMessage: problem } : { disabled: false },
      // What is thrown makes the condition an error, neither true nor false.
      run: async (input) => {
        if (set === null) {
          throw new Error(problem);
        }
        const { value } = /** @type {{ value: { value: { url: string } } }} */ (input);
        const record = await examined(set, value.value.url);
        const matchedValue = record.flagged.length > 0 ? record.flagged.join(', ') : undefined;
        return { outputType: shown.outputType, score: score(record), matchedValue };
      },
    },
  }));
}

/** @type {import('@roostorg/coop-types').CoopIntegrationPlugin} */
const plugin = { manifest, createSignals };

module.exports = plugin;
