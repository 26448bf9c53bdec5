package canon

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Hub reports whether host is shared by people who have nothing to do with
// each other: a link shortener, a site builder, a document host, a link-in-bio
// page, dynamic DNS. What is known of one link there says nothing about the
// host. A name that a builder gives to one customer (shop.builder.example) is
// that customer's and no hub.
func Hub(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if host == "" {
		return false
	}
	if suffix, icann := publicsuffix.PublicSuffix(host); suffix == host && !icann && strings.Contains(suffix, ".") {
		return true
	}
	if givesNames(host) {
		return true
	}
	for name := host; ; {
		if givesPaths(name) {
			return true
		}
		_, above, ok := strings.Cut(name, ".")
		if !ok {
			return false
		}
		name = above
	}
}

// givesPaths lists hosts that tell their users apart by path, and so do all
// names below them: shorteners, document and file hosts, link-in-bio, chats.
func givesPaths(host string) bool {
	switch host {
	case "bit.ly", "bitly.com", "j.mp", "t.co", "t.ly", "t.cn", "tinyurl.com", "tiny.cc", "tiny.one", "is.gd", "v.gd", "goo.gl", "g.co",
		"goo.su", "ow.ly", "buff.ly", "cutt.ly", "cutt.us", "shorturl.at", "shorturl.asia", "shorte.st", "rb.gy", "rebrand.ly", "s.id",
		"bl.ink", "soo.gd", "clck.ru", "vk.cc", "adf.ly", "bc.vc", "ouo.io", "lnkd.in", "fb.me", "amzn.to", "amzn.eu", "youtu.be", "wp.me",
		"db.tt", "git.io", "dlvr.it", "ift.tt", "trib.al", "snip.ly", "short.io", "short.gy", "qr.ae", "qrco.de", "me-qr.com", "qr.codes",
		"q-r.to", "u.to", "x.co", "x.gd", "yip.su", "2no.co", "iplogger.org", "iplogger.com", "grabify.link", "urlz.fr", "lc.cx", "l.ead.me",
		"tr.ee", "linktr.ee", "lnk.bio", "bio.link", "beacons.ai", "campsite.bio", "taplink.cc", "linkin.bio", "linkr.bio", "msha.ke",
		"milkshake.app", "about.me", "carrd.co", "solo.to", "allmylinks.com", "hoo.be", "many.link", "znap.link", "snipfeed.co", "heylink.me",
		"instabio.cc", "link.me", "linkpop.com", "withkoji.com", "direct.me", "flow.page", "bento.me":
		return true
	case "url.cn", "dwz.cn", "suo.im", "sourl.cn", "w.url.cn", "6url.cn", "0x9.me", "mrw.so", "dwz.win", "3.cn", "tb.cn", "u.jd.com",
		"c.tb.cn", "m.tb.cn", "v.douyin.com", "b23.tv", "xhslink.com", "mp.weixin.qq.com", "docs.qq.com", "shimo.im", "jinshuju.net",
		"wjx.cn", "wjx.top", "pan.baidu.com", "kdocs.cn", "yuque.com", "han.gl", "me2.do", "vo.la", "buly.kr", "url.kr", "reurl.cc",
		"lihi.cc", "lihi1.com", "lihi2.com", "lihi3.com", "pse.is", "ppt.cc", "lin.ee", "bre.is", "myppt.cc", "pics.ee", "supr.link",
		"s.shopee.com", "shp.ee", "spf.bz", "inx.lv", "ln.run", "n9.cl", "acortar.link", "encr.pw", "l1nk.dev", "l1nq.com", "abre.ai",
		"encurtador.com.br", "x.vu", "surl.li", "goo-gl.me", "kutt.it", "da.gd", "chilp.it", "hyperurl.co", "smarturl.it", "lnk.to",
		"ffm.to", "click.ru", "cli.re", "zpr.io", "vu.fr", "t2m.io", "switchy.io", "dub.sh", "dub.co", "linkly.link", "short.cm", "urlr.me":
		return true
	case "docs.google.com", "drive.google.com", "forms.google.com", "forms.gle", "sites.google.com", "script.google.com", "photos.google.com",
		"storage.googleapis.com", "firebasestorage.googleapis.com", "storage.cloud.google.com", "translate.goog", "maps.app.goo.gl",
		"dropbox.com", "dl.dropboxusercontent.com", "1drv.ms", "onedrive.live.com", "forms.office.com", "forms.microsoft.com", "sway.office.com",
		"sway.cloud.microsoft", "box.com", "app.box.com", "wetransfer.com", "we.tl", "mediafire.com", "mega.nz", "4shared.com", "scribd.com",
		"issuu.com", "notion.so", "evernote.com", "telegra.ph", "graph.org", "pastebin.com", "rentry.co", "justpaste.it", "gist.github.com",
		"raw.githubusercontent.com", "cdn.jsdelivr.net", "ipfs.io", "dweb.link", "cloudflare-ipfs.com", "gateway.pinata.cloud", "w3s.link",
		"nftstorage.link", "arweave.net", "s3.amazonaws.com", "cdn.discordapp.com", "media.discordapp.net", "discord.gg", "discord.com",
		"t.me", "telegram.me", "telegram.dog", "wa.me", "api.whatsapp.com", "chat.whatsapp.com", "m.me", "line.me", "zalo.me", "signal.me",
		"viber.me", "kakao.com", "open.kakao.com", "facebook.com", "instagram.com", "twitter.com", "x.com", "tiktok.com", "vk.com",
		"linkedin.com", "youtube.com", "reddit.com", "pinterest.com", "medium.com", "quora.com", "canva.com", "canva.site", "figma.com",
		"miro.com", "typeform.com", "form.typeform.com", "jotform.com", "form.jotform.com", "surveymonkey.com", "cognitoforms.com",
		"formstack.com", "airtable.com", "zoho.com", "forms.zohopublic.com", "smartsheet.com", "padlet.com", "gofundme.com", "paypal.me",
		"calendly.com", "eventbrite.com", "mailchi.mp", "play.google.com", "apps.apple.com", "testflight.apple.com", "groups.google.com":
		return true
	}
	return false
}

// givesNames lists hosts that give each customer a name of their own below
// them and are not in the public suffix list, or may be missing from the copy
// that is built in: site builders and dynamic DNS.
func givesNames(host string) bool {
	switch host {
	case "wixsite.com", "wixstudio.com", "wixstudio.io", "editorx.io", "weebly.com", "weeblysite.com", "square.site", "godaddysites.com",
		"myclickfunnels.com", "clickfunnels.com", "webflow.io", "framer.website", "framer.app", "squarespace.com", "strikingly.com",
		"mystrikingly.com", "jimdofree.com", "jimdosite.com", "jimdo.com", "webnode.page", "webnode.com", "site123.me", "yolasite.com",
		"ucraft.site", "simdif.com", "webador.com", "myshopify.com", "bigcartel.com", "ecwid.com", "mystore.no", "tilda.ws", "ukit.me",
		"blogspot.com", "wordpress.com", "tumblr.com", "livejournal.com", "blogger.com", "typepad.com", "substack.com", "ghost.io",
		"gitbook.io", "gitbook.com", "github.io", "gitlab.io", "vercel.app", "netlify.app", "pages.dev", "workers.dev", "r2.dev",
		"web.app", "firebaseapp.com", "appspot.com", "run.app", "herokuapp.com", "onrender.com", "fly.dev", "railway.app", "up.railway.app",
		"glitch.me", "repl.co", "replit.app", "replit.dev", "surge.sh", "render.com", "deno.dev", "lovable.app", "bubbleapps.io",
		"azurewebsites.net", "azurestaticapps.net", "azurefd.net", "cloudapp.net", "cloudfront.net", "amplifyapp.com", "awsapprunner.com",
		"sharepoint.com", "myfreesites.net", "000webhostapp.com", "infinityfreeapp.com", "rf.gd", "epizy.com", "atwebpages.com", "byethost.com",
		"000.pe", "xsph.ru", "beget.tech", "pythonanywhere.com", "altervista.org", "neocities.org", "w3spaces.com", "hostingersite.com",
		"ngrok.io", "ngrok.app", "ngrok-free.app", "trycloudflare.com", "loca.lt", "serveo.net", "plesk.page", "contaboserver.net":
		return true
	case "duckdns.org", "no-ip.org", "no-ip.com", "ddns.net", "hopto.org", "zapto.org", "sytes.net", "myftp.org", "myftp.biz", "servebeer.com",
		"serveftp.com", "servehttp.com", "redirectme.net", "bounceme.net", "gotdns.ch", "dyndns.org", "dynu.net", "dynu.com", "afraid.org",
		"mooo.com", "chickenkiller.com", "us.to", "changeip.com", "3utilities.com", "freeddns.org", "ddnsfree.com", "giize.com",
		"theworkpc.com", "camdvr.org", "nsupdate.info", "dedyn.io", "dnsalias.com", "oray.com", "vicp.net", "vicp.cc", "xicp.net", "3322.org",
		"eu.org", "nip.io", "sslip.io", "multiscreensite.com", "dorik.io", "carrd.com", "leadpages.co", "instapage.com", "unbounce.com",
		"unbouncepages.com", "systeme.io", "zyrosite.com", "builderallwppro.com", "my.canva.site":
		return true
	}
	return false
}
