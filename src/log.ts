import pino from "pino";

/** Levels that a config may name, lowest first. */
export const LOG_LEVELS = ["NOTSET", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;

/** Name of a log level. */
export type LogLevel = (typeof LOG_LEVELS)[number];

type LogMethod = (msg: string, fields?: object) => void;

/** Which lines are written, and how. */
export interface LogSettings {
  readonly level: LogLevel;
  readonly format: "pretty" | "json";
}

/** A logger whose settings can change while it is in use. */
export interface ConfigurableLogger extends Logger {
  readonly configure: (settings: LogSettings) => void;
}

/** Writes log lines; `fields` never hold a token, a key or a password. */
export interface Logger {
  /** Whether `debug` writes anything: there may be several lines for each request, whose fields nobody should put together in vain. */
  readonly isDebugEnabled: () => boolean;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warning: LogMethod;
  readonly error: LogMethod;
  readonly critical: LogMethod;
}

const CUSTOM_LEVELS = { notset: 10, debug: 20, info: 30, warning: 40, error: 50, critical: 60 };

/** Level of a JSON line, which is the first thing in it. */
const SEVERITY = /^\{"severity":"([A-Z]+)"/;

/**
 * Creates a logger that hands whole lines, newline included, to `write`, and says of which level they are.
 * JSON lines carry `ts` (ISO 8601), `severity` and `msg`, then the fields; an Error in `fields.error` keeps its stack.
 */
export function createLogger({
  write,
  fields,
  ...initial
}: LogSettings & {
  write: (line: string, level: LogLevel) => void;
  /** Fields that every line has. */
  fields?: object | undefined;
}): ConfigurableLogger {
  let { format } = initial;
  const logger = pino(
    {
      level: initial.level.toLowerCase(),
      customLevels: CUSTOM_LEVELS,
      useOnlyCustomLevels: true,
      base: fields ?? null,
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ severity: label.toUpperCase() }) },
      serializers: { error: pino.stdSerializers.err },
    },
    { write: (line: string) => write(format === "json" ? line : toPretty(line), toLevel(line)) },
  );
  const method =
    (level: keyof typeof CUSTOM_LEVELS): LogMethod =>
    (msg, fields) =>
      logger[level](fields ?? {}, msg);
  return {
    isDebugEnabled: () => logger.isLevelEnabled("debug"),
    debug: method("debug"),
    info: method("info"),
    warning: method("warning"),
    error: method("error"),
    critical: method("critical"),
    configure(settings) {
      format = settings.format;
      logger.level = settings.level.toLowerCase();
    },
  };
}

function toLevel(jsonLine: string): LogLevel {
  const [, severity] = SEVERITY.exec(jsonLine) ?? [];
  return LOG_LEVELS.find((level) => level === severity) ?? "NOTSET";
}

function toPretty(jsonLine: string): string {
  const { ts, severity, msg, error, ...fields } = JSON.parse(jsonLine);
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  const stack =
    error === undefined ? "" : `\n  ${String(error.stack ?? error.message ?? error).replaceAll("\n", "\n  ")}`;
  return `${ts} ${String(severity).padEnd(8)} ${msg}${rest.join("")}${stack}\n`;
}
