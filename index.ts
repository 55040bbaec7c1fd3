#!/usr/bin/env bun
import { main } from "./src/cli/main.ts";

/** What has run for so long is no start any more. */
const STARTED_MS = 1_000;

// The binary begins reluctant to compile (`--compile-jit-policy`): most of what runs at a start runs once.
setTimeout(() => Bun.unsafe.setJITPolicy(1), STARTED_MS).unref();
process.exitCode = await main(process.argv.slice(2));
