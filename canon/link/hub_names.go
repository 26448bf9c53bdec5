package link

// isPathHost lists hosts that tell their users apart by path, and so do all
// names below them. The lists are our own, from general knowledge;
// TestHubListCoversTheKnownHubs says which share of public lists they hold. A
// switch over strings is compiled to a binary search by length and value, and
// takes no memory; two functions would be two searches for each host.
func isPathHost(host string) bool { //nolint:funlen // a table
	switch host {
	// Link shorteners, and what counts clicks.
	case "0rz.tw", "0x9.me", "2no.co", "3.cn", "6url.cn", "9qr.de", "abre.ai", "acortar.link", "adclick.g.doubleclick.net", "adf.ly",
		"adfoc.us", "amzn.asia", "amzn.eu", "amzn.to", "app.link", "awin1.com", "ay.gy", "b23.tv", "bc.vc", "bit.do", "bit.ly",
		"bitly.com", "bitly.ws", "bl.ink", "bom.so", "bom.to", "boost.ink", "bre.is", "budurl.com", "buff.ly", "buly.kr", "by.com.vn",
		"c.tb.cn", "ceesty.com", "chilp.it", "clck.ru", "cli.gs", "cli.re", "click.linksynergy.com", "click.ru", "clickmeter.com",
		"clicky.me", "conta.cc", "corneey.com", "cort.as", "cutt.ly", "cutt.us", "da.gd", "db.tt", "direct-link.net", "dlvr.it",
		"doiop.com", "droplink.co", "dub.co", "dub.sh", "dwz.cn", "dwz.win", "eepurl.com", "encr.pw", "encurtador.com.br", "exe.io",
		"exey.io", "fb.watch", "fc.lc", "ffm.to", "flic.kr", "frama.link", "g.co", "g.page", "gestyy.com", "gg.gg", "git.io",
		"go.skimresources.com", "goo-gl.me", "goo.by", "goo.gl", "goo.su", "googleadservices.com", "gplinks.co", "grabify.link", "han.gl",
		"hop.clickbank.net", "ht.ly", "htl.li", "hubs.la", "hubs.li", "hubs.ly", "huit.re", "hyperurl.co", "ift.tt", "inx.lv",
		"iplogger.com", "iplogger.org", "is.gd", "ity.im", "j.gs", "j.mp", "kl.am", "kutt.it", "kutt.to", "l.ead.me", "l.facebook.com",
		"l1nk.dev", "l1nq.com", "lc.cx", "lihi.cc", "lihi1.com", "lihi2.com", "lihi3.com", "link-to.net", "linkbun.ch", "linkly.link",
		"linkvertise.com", "ln.run", "lnk.at", "lnk.ink", "lnk.to", "lnkd.in", "loot-link.com", "lootdest.org", "lstu.fr", "m.tb.cn",
		"mboost.me", "mcaf.ee", "me-qr.com", "me2.do", "moourl.com", "mrw.so", "myppt.cc", "mzl.la", "n9.cl", "onelink.me", "ouo.io",
		"ouo.press", "ow.ly", "owl.li", "page.link", "pics.ee", "pin.it", "plu.sh", "po.st", "ppt.cc", "prf.hn", "pse.is", "q-r.to",
		"q.gs", "qr.ae", "qr.codes", "qr.net", "qrco.de", "rb.gy", "rebrand.ly", "redd.it", "rekonise.com", "reurl.cc", "risu.io",
		"rlu.ru", "rotf.lol", "s.id", "s.net.vn", "s.shopee.com", "s2r.co", "sh.st", "shar.es", "shareasale.com", "shope.ee", "shorl.com",
		"short.cm", "short.gy", "short.ie", "short.io", "shorte.st", "shorturl.asia", "shorturl.at", "shorturl.com", "shorturl.gg",
		"shp.ee", "shrinke.me", "shrinkme.io", "shrtco.de", "smarturl.it", "sn.im", "snip.ly", "snipurl.com", "snurl.com", "soo.gd",
		"sourl.cn", "spf.bz", "spoti.fi", "su.pr", "suo.im", "supr.link", "surl.li", "switchy.io", "t.cn", "t.co", "t.ly", "t.umblr.com",
		"t2m.io", "tb.cn", "tinu.be", "tiny.cc", "tiny.one", "tiny.pl", "tinyarro.ws", "tinylink.net", "tinyurl.com", "tmblr.co", "tny.im",
		"tr.im", "trib.al", "twurl.nl", "u.jd.com", "u.nu", "u.to", "url.cn", "url.ie", "url.kr", "urlcut.com", "urlr.me", "urlz.fr",
		"v.douyin.com", "v.gd", "v.ht", "vk.cc", "vm.tiktok.com", "vo.la", "vt.tiktok.com", "vu.fr", "vzturl.com", "w.url.cn", "wa.link",
		"wp.me", "x.co", "x.gd", "x.vu", "xhslink.com", "xurl.es", "yep.it", "yip.su", "za.gl", "zi.ma", "zpr.io":
		return true
	// Link-in-bio pages, and pages to be paid by.
	case "about.me", "album.link", "allmylinks.com", "beacons.ai", "bento.me", "bio.fm", "bio.link", "bio.site", "biolink.info",
		"biolinky.co", "biosites.com", "blinq.me", "buymeacoffee.com", "c8ke.com", "campsite.bio", "contactinbio.com", "direct.me",
		"fanlink.to", "fansly.com", "feature.fm", "flow.page", "found.ee", "gumroad.com", "heylink.me", "hihello.me", "hoo.be",
		"hypeddit.com", "instabio.cc", "jemi.so", "ko-fi.com", "komi.io", "liinks.co", "link.bio", "link.me", "linkbio.co", "linkfly.to",
		"linkgenie.net", "linkin.bio", "linkinprofile.com", "linkmix.co", "linkpop.com", "linkr.bio", "linkstack.org", "linktr.ee",
		"lit.link", "littlelink.io", "lnk.bio", "lnkfi.re", "magic.ly", "many.link", "milkshake.app", "msha.ke", "mssg.me", "onlyfans.com",
		"orcd.co", "patreon.com", "pillar.io", "popl.co", "potofu.me", "profcard.info", "push.fm", "shor.by", "shorby.com", "sleekbio.com",
		"snipfeed.co", "solo.to", "song.link", "stan.store", "start.page", "tap.bio", "tapl.ink", "taplink.cc", "tr.ee", "withkoji.com",
		"znap.link":
		return true
	// Documents, files, forms, code and pictures.
	case "0bin.net", "1024tera.com", "123formbuilder.com", "123pan.com", "1drv.ms", "4shared.com", "addons.mozilla.org", "airtable.com",
		"anonfiles.com", "app.box.com", "apps.apple.com", "arweave.net", "box.com", "business.site", "calameo.com", "calendly.com",
		"canva.com", "canva.site", "catbox.moe", "cdn.discordapp.com", "cdn.jsdelivr.net", "change.org", "chromewebstore.google.com",
		"chuffed.org", "cloud.mail.ru", "coda.io", "codepen.io", "cognitoforms.com", "colab.research.google.com", "controlc.com",
		"disk.yandex.com", "disk.yandex.ru", "dl.dropboxusercontent.com", "docs.google.com", "docs.qq.com", "docs.zoho.com", "docsend.com",
		"dpaste.org", "drive.google.com", "dropbox.com", "dropboxusercontent.com", "dweb.link", "e.pcloud.link", "eventbrite.com",
		"evernote.com", "express.adobe.com", "figma.com", "file.io", "files.catbox.moe", "filetransfer.io", "fillout.com",
		"firebasestorage.googleapis.com", "flipsnack.com", "form.jotform.com", "form.typeform.com", "forms.app", "forms.gle",
		"forms.google.com", "forms.microsoft.com", "forms.office.com", "forms.wix.com", "forms.yandex.com", "forms.yandex.ru",
		"forms.zoho.com", "forms.zohopublic.com", "formsite.com", "formstack.com", "fromsmash.com", "gamma.app", "gamma.site",
		"gateway.pinata.cloud", "genial.ly", "ghostbin.com", "gist.github.com", "gofile.io", "gofund.me", "gofundme.com",
		"googleusercontent.com", "graph.org", "groups.google.com", "gyazo.com", "hackmd.io", "heyzine.com", "huggingface.co", "ibb.co",
		"icedrive.net", "imgur.com", "indd.adobe.com", "ipfs.fleek.co", "ipfs.infura.io", "ipfs.io", "issuu.com", "itch.io",
		"jinshuju.net", "joomag.com", "jotform.com", "jsbin.com", "jsfiddle.net", "justgiving.com", "justpaste.it", "kdocs.cn",
		"keep.google.com", "krakenfiles.com", "lanzou.com", "link.storjshare.io", "mailchi.mp", "maps.app.goo.gl", "media.discordapp.net",
		"mediafire.com", "mega.nz", "miro.com", "mp.weixin.qq.com", "new.express.adobe.com", "nftstorage.link", "notion.so",
		"onedrive.live.com", "padlet.com", "pan.baidu.com", "pandadoc.com", "paper.dropbox.com", "paperform.co", "paste.ee",
		"pastebin.com", "paypal.me", "pcloud.com", "photos.google.com", "play.google.com", "postimg.cc", "prezi.com", "privnote.com",
		"prnt.sc", "publuu.com", "questionpro.com", "raw.githubusercontent.com", "rentry.co", "revolut.me", "scribd.com",
		"script.google.com", "send.cm", "sendgb.com", "sendspace.com", "shimo.im", "sites.google.com", "slideshare.net", "smartsheet.com",
		"spark.adobe.com", "steamcommunity.com", "storage.cloud.google.com", "storage.googleapis.com", "survey.zohopublic.com",
		"surveymonkey.com", "sway.cloud.microsoft", "sway.office.com", "swisstransfer.com", "tally.so", "telegra.ph", "terabox.com",
		"testflight.apple.com", "transfernow.net", "trello.com", "typeform.com", "ufile.io", "unpkg.com", "uploadfiles.io",
		"view.genially.com", "w3s.link", "we.tl", "wetransfer.com", "wjx.cn", "wjx.top", "workdrive.zohopublic.com", "workupload.com",
		"wufoo.com", "yadi.sk", "yumpu.com", "yuque.com", "zfrmz.com", "zippyshare.com", "zoho.com":
		return true
	// Chats and invitations.
	case "api.whatsapp.com", "band.us", "chat.whatsapp.com", "chats.viber.com", "discord.com", "discord.gg", "discordapp.com",
		"discordapp.net", "groupme.com", "invite.viber.com", "join.skype.com", "join.slack.com", "jq.qq.com", "kakao.com", "lin.ee",
		"line.me", "m.me", "matrix.to", "meet.google.com", "msng.link", "open.kakao.com", "pf.kakao.com", "qm.qq.com", "qr.kakao.com",
		"signal.group", "signal.me", "snapchat.com", "t.me", "teams.live.com", "teams.microsoft.com", "telegram.dog", "telegram.me",
		"threads.com", "threads.net", "u.wechat.com", "viber.me", "wa.me", "weixin.qq.com", "work.weixin.qq.com", "zalo.me":
		return true
	// Social networks.
	case "bilibili.com", "bsky.app", "douyin.com", "facebook.com", "fb.com", "fb.me", "flickr.com", "instagram.com", "kuaishou.com",
		"linkedin.com", "mastodon.social", "medium.com", "ok.ru", "pinterest.com", "quora.com", "reddit.com", "tieba.baidu.com",
		"tiktok.com", "twitch.tv", "twitter.com", "vimeo.com", "vk.com", "weibo.cn", "weibo.com", "x.com", "xiaohongshu.com", "youtu.be",
		"youtube.com", "zhihu.com":
		return true
	}
	return false
}

// isSubdomainHost lists hosts that give each customer a name of their own below
// them and are not in the public suffix list, or may be missing from the copy
// that is built in.
func isSubdomainHost(host string) bool {
	switch host {
	// Site builders and clouds.
	case "000.pe", "000webhostapp.com", "42web.io", "4everland.app", "66ghz.com", "altervista.org", "amplifyapp.com", "angelfire.com",
		"appdomain.cloud", "appspot.com", "atwebpages.com", "awsapprunner.com", "azureedge.net", "azurefd.net", "azurestaticapps.net",
		"azurewebsites.net", "backblazeb2.com", "base44.app", "beget.tech", "bigcartel.com", "blob.core.windows.net", "blogger.com",
		"blogspot.co.uk", "blogspot.com", "bolt.host", "brizy.site", "bubbleapps.io", "builderallwppro.com", "byethost.com", "carrd.co",
		"carrd.com", "clickfunnels.com", "cloudapp.azure.com", "cloudapp.net", "cloudflare-ipfs.com", "cloudfront.net",
		"cloudwaysapps.com", "codesandbox.io", "company.site", "contaboserver.net", "csb.app", "ct.ws", "cyclic.app", "deno.dev",
		"deta.app", "deta.dev", "digitaloceanspaces.com", "dorik.io", "durable.co", "ecwid.com", "editorx.io", "elasticbeanstalk.com",
		"elementor.cloud", "epizy.com", "firebaseapp.com", "firebaseio.com", "fleek.co", "fly.dev", "framer.ai", "framer.app",
		"framer.website", "free.nf", "freshdesk.com", "fwh.is", "ghost.io", "gitbook.com", "gitbook.io", "github.dev", "github.io",
		"githubusercontent.com", "gitlab.io", "gitpod.io", "glitch.me", "godaddysites.com", "great-site.net", "herokuapp.com", "hf.space",
		"homestead.com", "hostingerapp.com", "hostingersite.com", "hs-sites.com", "hubspotlinks.com", "hubspotpagebuilder.com",
		"iceiy.com", "infinityfreeapp.com", "instapage.com", "is-best.net", "is-great.net", "jimdo.com", "jimdofree.com", "jimdosite.com",
		"kesug.com", "kinsta.cloud", "koyeb.app", "lambda-url.us-east-1.on.aws", "leadpages.co", "linodeobjects.com", "livejournal.com",
		"loca.lt", "lovable.app", "lovestoblog.com", "mozello.com", "multiscreensite.com", "my-board.org", "my.canva.site",
		"mybigcommerce.com", "mybluehost.me", "mybluemix.net", "myclickfunnels.com", "myfreesites.net", "myportfolio.com", "myshopify.com",
		"mystore.no", "mystrikingly.com", "neocities.org", "netlify.app", "netsolhost.com", "ngrok-free.app", "ngrok.app", "ngrok.io",
		"ning.com", "northflank.app", "odoo.com", "on.aws", "on.fleek.co", "ondigitalocean.app", "onrender.com", "pages.dev",
		"pantheonsite.io", "plesk.page", "pythonanywhere.com", "r2.dev", "railway.app", "render.com", "repl.co", "replit.app",
		"replit.dev", "rf.gd", "run.app", "s3.amazonaws.com", "serveo.net", "sharepoint.com", "simdif.com", "site123.me", "spheron.app",
		"square.site", "squarespace.com", "stackblitz.io", "statuspage.io", "storage.yandexcloud.net", "storjshare.io", "streamlit.app",
		"strikingly.com", "substack.com", "surge.sh", "systeme.io", "temporary.site", "tempurl.host", "tilda.ws", "totalh.net",
		"trafficmanager.net", "translate.goog", "tripod.com", "trycloudflare.com", "tumblr.com", "typepad.com", "ucraft.site",
		"ueniweb.com", "ukit.me", "unaux.com", "unbounce.com", "unbouncepages.com", "up.railway.app", "us-south.cf.appdomain.cloud",
		"vercel.app", "vultrobjects.com", "w3spaces.com", "wasabisys.com", "wcomhost.com", "web.app", "web.core.windows.net",
		"webador.com", "webcontainer.io", "webflow.io", "webnode.com", "webnode.page", "webs.com", "webstarts.com", "webwave.dev",
		"weebly.com", "weeblysite.com", "wixsite.com", "wixstudio.com", "wixstudio.io", "wordpress.com", "workers.dev", "wpengine.com",
		"wuaze.com", "xsph.ru", "yolasite.com", "zeabur.app", "zendesk.com", "zyrosite.com":
		return true
	// Dynamic DNS and tunnels.
	case "3322.org", "3utilities.com", "accesscam.org", "afraid.org", "asuscomm.com", "bore.pub", "bounceme.net", "camdvr.org",
		"casacam.net", "changeip.com", "chickenkiller.com", "crabdance.com", "ddns.me", "ddns.net", "ddnsfree.com", "ddnsgeek.com",
		"ddnsking.com", "dedyn.io", "desec.io", "dnsalias.com", "dnsdynamic.org", "dnsexit.com", "duckdns.org", "dyndns.biz",
		"dyndns.info", "dyndns.org", "dynu.com", "dynu.net", "dynv6.net", "eicp.net", "eicp.vip", "eu.org", "f3322.net", "freeddns.org",
		"freedynamicdns.net", "freedynamicdns.org", "giize.com", "gleeze.com", "gnway.cc", "gnway.net", "goho.co", "goip.de", "gotdns.ch",
		"homeip.net", "homelinux.com", "hopto.org", "hsk.top", "ignorelist.com", "imdo.co", "jumpingcrab.com", "kozow.com", "lhr.life",
		"line.pm", "linkpc.net", "localhost.run", "localto.net", "loseyourip.com", "mooo.com", "my-router.de", "my.to", "mycloudnas.com",
		"myftp.biz", "myftp.org", "myqnapcloud.com", "myvnc.com", "mywire.org", "nip.io", "no-ip.biz", "no-ip.com", "no-ip.info",
		"no-ip.org", "noip.me", "nsupdate.info", "onthewifi.com", "ooguy.com", "oray.com", "pagekite.me", "pinggy.link", "playit.gg",
		"ply.gg", "portmap.host", "portmap.io", "publicvm.com", "qicp.vip", "redirectme.net", "remotewd.com", "run.place", "selfhost.de",
		"servebeer.com", "serveblog.net", "servecounterstrike.com", "serveftp.com", "servegame.com", "servehttp.com", "serveirc.com",
		"serveminecraft.net", "spdns.de", "sslip.io", "strangled.net", "synology.me", "sytes.net", "theworkpc.com", "tplinkdns.com",
		"traefik.me", "tunnelto.dev", "twilightparadox.com", "uk.to", "us.to", "vicp.cc", "vicp.net", "viewdns.net", "webhop.me",
		"webhop.net", "webredirect.org", "wicp.vip", "work.gd", "xicp.net", "xip.io", "zapto.org", "zicp.vip":
		return true
	}
	return false
}
