// How to put the name resolution of a machine right: the commands differ by system, by container, by WSL.

import type { Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import type { Fix, Letter } from "../finding.ts";
import type { Words } from "../words.ts";
import { isPublicName } from "./dns-names.ts";
import { serverList } from "./line-reading.ts";

/** Shown as an example where another resolver is needed; the second answers in mainland China too. */
const EXAMPLE = ["1.1.1.1", "223.5.5.5"] as const;

/** Use another name server: for this machine, as it is (container, WSL, Linux, macOS, Windows). */
export function otherServer(ctx: Context, host: string): readonly Fix[] {
  const { machine } = ctx;
  if (!isPublicName(host)) return [insideName(host)];
  const servers = EXAMPLE.join(" ");
  if (machine.platform === "darwin") {
    const note: Words = {
      en: `Use other name servers (the addresses are examples; a company network may want its own). Replace Wi-Fi by your service from the list.`,
      zh: `换用其他域名服务器（地址仅为示例；公司网络请用公司指定的）。把 Wi-Fi 换成列表中你的网络服务。`,
    };
    return [
      {
        os: "macos",
        shell: "sh",
        commands: [
          "networksetup -listallnetworkservices",
          `networksetup -setdnsservers Wi-Fi ${servers}`,
          "scutil --dns | head -n 20",
        ],
        note,
      },
    ];
  }
  if (machine.platform === "win32") {
    const note: Words = {
      en: "Use other name servers (the addresses are examples), in a PowerShell started as administrator. Replace Wi-Fi by the name from the list.",
      zh: "换用其他域名服务器（地址仅为示例），在以管理员身份运行的 PowerShell 中执行。把 Wi-Fi 换成列表中的名字。",
    };
    const list = EXAMPLE.map((one) => `"${one}"`).join(",");
    return [
      {
        os: "windows",
        shell: "powershell",
        commands: [
          "Get-DnsClientServerAddress -AddressFamily IPv4",
          `Set-DnsClientServerAddress -InterfaceAlias "Wi-Fi" -ServerAddresses (${list})`,
          "ipconfig /flushdns",
        ],
        note,
      },
    ];
  }
  if (machine.wsl) return wslServer();
  if (machine.container) return containerServer(host);
  return linuxServer(host, machine.readText("/etc/resolv.conf") ?? "");
}

/** Takes one server out of the system's list, where there is a command for it. */
export function dropServer({ machine }: Context, server: string, note: Words): Fix {
  if (machine.platform !== "linux") return { os: "any", shell: "any", commands: [], note };
  const line = `/^nameserver[[:space:]]*${server.replaceAll(".", "\\.")}[[:space:]]*$/d`;
  return {
    os: "linux",
    shell: "sh",
    commands: ["cat /etc/resolv.conf", `sudo sed -i.bak '${line}' /etc/resolv.conf`],
    note,
  };
}

function linuxServer(host: string, resolvConf: string): readonly Fix[] {
  if (/^\s*nameserver\s+127\.0\.0\.53/m.test(resolvConf)) {
    const note: Words = {
      en: "systemd-resolved answers here. See which server it uses, then give it others (the addresses are examples).",
      zh: "本机由 systemd-resolved 解析。先看它使用哪些服务器，再换成其他的（地址仅为示例）。",
    };
    const commands = [
      "resolvectl status",
      "sudo mkdir -p /etc/systemd/resolved.conf.d",
      `printf '[Resolve]\\nDNS=${EXAMPLE.join(" ")}\\nDomains=~.\\n' | sudo tee /etc/systemd/resolved.conf.d/dns.conf`,
      "sudo systemctl restart systemd-resolved",
      `resolvectl query ${host}`,
    ];
    return [{ os: "linux", shell: "sh", commands, note }];
  }
  const note: Words = {
    en: 'Put a working name server into /etc/resolv.conf (the addresses are examples). Where NetworkManager writes that file, set it there: nmcli con mod <connection> ipv4.ignore-auto-dns yes ipv4.dns "1.1.1.1 223.5.5.5".',
    zh: '在 /etc/resolv.conf 中写入可用的域名服务器（地址仅为示例）。若该文件由 NetworkManager 生成，请改为：nmcli con mod <连接名> ipv4.ignore-auto-dns yes ipv4.dns "1.1.1.1 223.5.5.5"。',
  };
  const lines = EXAMPLE.map((one) => `nameserver ${one}\\n`).join("");
  return [
    {
      os: "linux",
      shell: "sh",
      commands: ["cat /etc/resolv.conf", `printf '${lines}' | sudo tee /etc/resolv.conf`, `getent ahosts ${host}`],
      note,
    },
  ];
}

function wslServer(): readonly Fix[] {
  const tunnel: Words = {
    en: "WSL: let Windows resolve names. Add these two lines to %UserProfile%\\.wslconfig on the Windows side, then restart WSL.",
    zh: "WSL：让 Windows 代为解析。在 Windows 侧的 %UserProfile%\\.wslconfig 中加入这两行，然后重启 WSL。",
  };
  const fixed: Words = {
    en: "WSL: or stop it from writing /etc/resolv.conf and put a name server there yourself (the address is an example).",
    zh: "WSL：或者不让它生成 /etc/resolv.conf，自己写入域名服务器（地址仅为示例）。",
  };
  return [
    {
      os: "windows",
      shell: "powershell",
      commands: ['Add-Content "$env:UserProfile\\.wslconfig" "[wsl2]`ndnsTunneling=true"', "wsl --shutdown"],
      note: tunnel,
    },
    {
      os: "linux",
      shell: "sh",
      commands: [
        "printf '[network]\\ngenerateResolvConf = false\\n' | sudo tee -a /etc/wsl.conf",
        "sudo rm -f /etc/resolv.conf",
        `echo 'nameserver ${EXAMPLE[0]}' | sudo tee /etc/resolv.conf`,
      ],
      note: fixed,
    },
  ];
}

function containerServer(host: string): readonly Fix[] {
  const one: Words = {
    en: "In a container: check that the host resolves the name; if it does, give the container its name servers (the addresses are examples).",
    zh: "在容器中：先确认宿主机能解析；若能，为容器指定域名服务器（地址仅为示例）。",
  };
  const all: Words = {
    en: "On the host, for every container: put this into /etc/docker/daemon.json, then restart Docker.",
    zh: "在宿主机上，对所有容器生效：写入 /etc/docker/daemon.json，然后重启 Docker。",
  };
  const flags = EXAMPLE.map((address) => `--dns ${address}`).join(" ");
  return [
    {
      os: "linux",
      shell: "sh",
      commands: ["cat /etc/resolv.conf", `docker run --rm ${flags} alpine nslookup ${host}`],
      note: one,
    },
    {
      os: "linux",
      shell: "sh",
      commands: [
        `echo '{ "dns": [${EXAMPLE.map((address) => `"${address}"`).join(", ")}] }'`,
        "sudo systemctl restart docker",
      ],
      note: all,
    },
  ];
}

/** A name that only a company's or one's own name servers know. */
function insideName(host: string): Fix {
  const note: Words = {
    en: `${host} is a name of a private network: connect the VPN that belongs to it and use that network's name servers; nobody else knows it.`,
    zh: `${host} 是内网域名：请连接对应的 VPN 并使用该网络的域名服务器，外部不可能解析它。`,
  };
  return { os: "any", shell: "any", commands: [], note };
}

/** Forget what is remembered: after the cause is gone, stale answers stay for a while. */
export function flush(ctx: Context): Fix {
  const note: Words = { en: "Then forget the remembered answers.", zh: "然后清除缓存的解析结果。" };
  const { platform } = ctx.machine;
  if (platform === "darwin")
    return {
      os: "macos",
      shell: "sh",
      commands: ["sudo dscacheutil -flushcache", "sudo killall -HUP mDNSResponder"],
      note,
    };
  if (platform === "win32") return { os: "windows", shell: "cmd", commands: ["ipconfig /flushdns"], note };
  return {
    os: "linux",
    shell: "sh",
    commands: ["resolvectl flush-caches || sudo systemctl restart nscd dnsmasq"],
    note,
  };
}

/** For whoever runs the name servers. */
export function dnsLetter(ctx: Context, facts: Facts, ask: Words): Letter {
  const host = facts["dns.lookup"]?.host ?? ctx.target.host;
  const servers = facts["dns.nameservers"]?.servers ?? [];
  const answer = ({ addresses, error }: { addresses: readonly string[]; error?: string }) =>
    addresses.join(" ") || (error ?? "ENODATA");
  const lookup = facts["dns.lookup"];
  const mine =
    lookup === undefined
      ? []
      : [
          `getaddrinfo ${host}: ${lookup.error ?? lookup.addresses.map(({ address }) => address).join(" ")} (${lookup.ms} ms)`,
        ];
  const seen = [
    ...mine,
    ...servers.map(({ server, a, aaaa }) => `${host} at ${server}: A ${answer(a)}, AAAA ${answer(aaaa)}`),
  ];
  return {
    ask,
    hosts: [`${ctx.target.host}:${ctx.target.port}`],
    seen: servers.length > 0 ? seen : [...seen, `name servers: ${serverList(facts) || "none"}`],
  };
}
