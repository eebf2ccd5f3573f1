// A stand-in for what the plug-in uses of @roostorg/coop-types, by Coop's types/integration.ts
// (commit 1298d266459fb5d9000a85dae2a6c9cd9f6727fa), and for what it uses of Node.js.

declare module '@roostorg/coop-types' {
  export interface ModelCardSection {
    readonly id: string;
    readonly title: string;
    readonly fields?: ReadonlyArray<{ readonly label: string; readonly value: string }>;
  }

  export interface IntegrationManifest {
    readonly id: string;
    readonly name: string;
    readonly version: string;
    readonly description?: string;
    readonly docsUrl?: string;
    readonly requiresConfig: boolean;
    readonly signalTypeIds?: readonly string[];
    readonly modelCard?: {
      readonly modelName: string;
      readonly version: string;
      readonly sections?: readonly ModelCardSection[];
    };
  }

  export interface PluginSignalContext {
    readonly integrationId: string;
    readonly getCredential: (orgId: string) => Promise<Record<string, unknown>>;
  }

  type Thresholds = Record<'highPrecisionThreshold' | 'highRecallThreshold', string | number>;
  type Disabled =
    { disabled: false; disabledMessage?: string } | { disabled: true; disabledMessage: string };

  export interface PluginSignalDescriptor {
    readonly id: { readonly type: string };
    readonly displayName: string;
    readonly description: string;
    readonly docsUrl: string | null;
    readonly recommendedThresholds: Readonly<Thresholds> | null;
    readonly supportedLanguages: readonly string[] | 'ALL';
    readonly pricingStructure: { readonly type: 'FREE' | 'SUBSCRIPTION' };
    readonly eligibleInputs: readonly string[];
    readonly outputType: { readonly scalarType: string };
    readonly getCost: () => number;
    readonly run: (input: unknown) => Promise<unknown>;
    readonly getDisabledInfo: (orgId: string) => Promise<Disabled>;
    readonly needsMatchingValues: boolean;
    readonly eligibleSubcategories: ReadonlyArray<{ id: string; label: string }>;
    readonly needsActionPenalties: boolean;
    readonly integration: string;
    readonly allowedInAutomatedRules: boolean;
  }

  export interface CoopIntegrationPlugin {
    readonly manifest: IntegrationManifest;
    readonly createSignals?: (
      context: PluginSignalContext,
    ) => ReadonlyArray<Readonly<{ signalTypeId: string; signal: PluginSignalDescriptor }>>;
  }
}

declare module 'node:fs' {
  export function readFileSync(path: string, encoding: string): string;
}

declare const process: { readonly env: Record<string, string | undefined> };
declare const module: { exports: unknown };
declare function require(name: 'node:fs'): typeof import('node:fs');
