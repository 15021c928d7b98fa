// How keep-alive is set, with the measured figures filled in.

import type { Fix } from "../finding.ts";

/** Sends a probe into the silence every so many seconds, wherever that can be set. */
export function keepAliveFixes(seconds: number): readonly Fix[] {
  const ms = seconds * 1_000;
  return [
    {
      os: "linux",
      shell: "sh",
      commands: [
        `sudo sysctl -w net.ipv4.tcp_keepalive_time=${seconds} net.ipv4.tcp_keepalive_intvl=${Math.max(1, Math.round(seconds / 4))}`,
        `echo 'net.ipv4.tcp_keepalive_time = ${seconds}' | sudo tee /etc/sysctl.d/90-keepalive.conf`,
      ],
      note: {
        en: `For all programs that switch SO_KEEPALIVE on without a time of their own (the kernel's default is 7200 s): a probe after ${seconds} s.`,
        zh: `对所有开启 SO_KEEPALIVE 但未自设时间的程序生效（内核默认 7200 秒）：静默 ${seconds} 秒后发送探测。`,
      },
    },
    {
      os: "macos",
      shell: "sh",
      commands: [
        `sudo sysctl -w net.inet.tcp.keepidle=${ms} net.inet.tcp.keepintvl=${Math.max(1_000, Math.round(ms / 4))}`,
      ],
      note: {
        en: "The same on macOS, in milliseconds, until the next start.",
        zh: "macOS 上的同样设置，单位毫秒，重启后失效。",
      },
    },
    {
      os: "windows",
      shell: "powershell",
      commands: [
        `Set-ItemProperty -Path HKLM:\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters -Name KeepAliveTime -Type DWord -Value ${ms}`,
      ],
      note: {
        en: "The same on Windows, as administrator; needs a restart.",
        zh: "Windows 上的同样设置，需管理员权限并重启。",
      },
    },
    {
      os: "any",
      shell: "any",
      commands: [
        `import { Agent, setGlobalDispatcher } from "undici";`,
        `setGlobalDispatcher(new Agent({ connect: { keepAlive: true, keepAliveInitialDelay: ${ms} } }));`,
      ],
      note: {
        en: `A Node.js program of your own; on a bare socket \`socket.setKeepAlive(true, ${ms})\`.`,
        zh: `自己的 Node.js 程序；裸套接字则用 \`socket.setKeepAlive(true, ${ms})\`。`,
      },
    },
    {
      os: "any",
      shell: "any",
      commands: [
        "import socket, httpx, anthropic",
        `options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, ${seconds}), (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, ${Math.max(1, Math.round(seconds / 4))})]`,
        "client = anthropic.Anthropic(http_client=httpx.Client(transport=httpx.HTTPTransport(socket_options=options)))",
      ],
      note: { en: "A Python program of your own (Linux).", zh: "自己的 Python 程序（Linux）。" },
    },
  ];
}

/** Lets go of idle connections before the far end does: they are then never used when they are dead. */
export function shortPoolFixes(seconds: number): readonly Fix[] {
  return [
    {
      os: "any",
      shell: "any",
      commands: [
        `import { Agent, setGlobalDispatcher } from "undici";`,
        `setGlobalDispatcher(new Agent({ keepAliveTimeout: ${seconds * 1_000}, keepAliveMaxTimeout: ${seconds * 1_000} }));`,
      ],
      note: {
        en: `A Node.js program of your own: connections that idled for ${seconds} s are not used again.`,
        zh: `自己的 Node.js 程序：空闲 ${seconds} 秒的连接不再复用。`,
      },
    },
    {
      os: "any",
      shell: "any",
      commands: [
        `client = anthropic.Anthropic(http_client=httpx.Client(limits=httpx.Limits(keepalive_expiry=${seconds})))`,
      ],
      note: { en: "The same in Python.", zh: "Python 中的同样设置。" },
    },
    {
      os: "any",
      shell: "any",
      commands: ["claude update"],
      note: {
        en: "Claude Code since 2.1.214 opens a fresh connection when an old one fails.",
        zh: "Claude Code 自 2.1.214 起，旧连接失败时会改用新连接。",
      },
    },
  ];
}

/** Keeps idle connections for longer, where the server is one's own. */
export function serverFixes(seconds: number): readonly Fix[] {
  return [
    {
      os: "any",
      shell: "any",
      commands: [`keepalive_timeout ${seconds}s;`],
      note: {
        en: "nginx as the gateway's front: in the http or server block.",
        zh: "网关前端为 nginx：写入 http 或 server 块。",
      },
    },
    {
      os: "any",
      shell: "any",
      commands: [`timeout http-keep-alive ${seconds}s`, `timeout client ${seconds}s`],
      note: { en: "HAProxy: in the frontend.", zh: "HAProxy：写入 frontend。" },
    },
    {
      os: "any",
      shell: "any",
      commands: [`server.keepAliveTimeout = ${seconds * 1_000};`],
      note: { en: "A Node.js gateway (its default is 5 s).", zh: "Node.js 网关（默认 5 秒）。" },
    },
    {
      os: "any",
      shell: "sh",
      commands: [
        `aws elbv2 modify-load-balancer-attributes --load-balancer-arn <ARN> --attributes Key=idle_timeout.timeout_seconds,Value=${seconds}`,
      ],
      note: {
        en: "An AWS Application Load Balancer (its default is 60 s).",
        zh: "AWS Application Load Balancer（默认 60 秒）。",
      },
    },
  ];
}
