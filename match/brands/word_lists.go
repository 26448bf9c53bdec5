package brands

// The word lists of the lexicon. They are spelled in lower-case ASCII, as host
// names are, with plain letters in place of marked ones ("bestatigung"). A word
// may stand in several lists, and twice in one: wordSet keeps it once.
//
// What they are good for is measured: TestFewOrdinaryHostsLookLikeABrand counts
// how many ordinary hosts weigh as much as an imitation of a brand.

// Phishing keywords: words that a scammer puts beside the name of a brand,
// since its customers expect them there. One of them beside a name speaks for
// an imitation (logOddsKeyword).
const (
	keywordsEnglish = `login logon signin signon log sign secure secured security safe safety verify verified verification account
accounts acct pay pays payment payments payout paid support update updates updated online service services serviceportal help
helpdesk helpline client clients customer customers care billing bill invoice refund refunds rebate bonus gift gifts giftcard
reward rewards promo promotion offer offers prize winner win claim claims airdrop unlock unlocked restore recover recovery reset
alert alerts notice notify notification message confirm confirmation validate validation authenticate auth access portal official
center centre team desk mobile app apps web www net com org gov site page home my user member members id identity kyc password pin
code token wallet wallets connect bridge stake staking swap exchange trade trading invest investment crypto coin card cards credit
debit loan loans bank banking ebank netbank transfer track tracking trackings parcel package packages delivery deliver deliveries
shipping shipment express post redelivery customs fee fees toll tolls fine tax taxes
`
	keywordsGerman = `konto kunde kunden kundenservice anmelden anmeldung sicher sicherheit zahlung rechnung paket lieferung
sendung bestatigung
`
	keywordsFrench = `compte connexion client espace securite paiement facture livraison colis suivi remboursement amende mise
jour
`
	keywordsSpanish = `cuenta cuentas cliente acceso ingresar ingreso seguro seguridad pago pagos factura envio envios entrega
paquete paquetes seguimiento banca verificar actualizar soporte ayuda premio premios empresas personas
`
	keywordsPortuguese = `conta acesso seguranca atendimento pagamento fatura rastreio correios entregas pontos resgate
`
	keywordsIndonesian = `masuk akun undian hadiah resmi layanan tarif promo pulsa bantuan verifikasi nasabah poin pinjaman kartu
kirim paket
`
	keywordsItalianDutch = `accesso clienti sicurezza pagamenti spedizione pacco inloggen klant betaling bezorging pakket
`
	// Russian in Latin letters, as in a host name.
	keywordsTurkishPolishRussian = `giris hesap destek odeme kargo odeal logowanie platnosc przesylka paczka dostawa wejscie
kabinet
`

	phishingKeywords = keywordsEnglish + keywordsGerman + keywordsFrench + keywordsSpanish + keywordsPortuguese +
		keywordsIndonesian + keywordsItalianDutch + keywordsTurkishPolishRussian
)

// neutralAffixes are words and country codes that stand beside the name of a
// brand on its own sites as often as on those of others. They explain what is
// glued to a name and say nothing about intent.
const neutralAffixes = `us uk usa eu de fr es it nl ca au br mx cn jp kr in sg hk my ph th vn tr pl ru ch at be shop store mall
market group global world official direct vip pro plus now here live today fast free best top new get go use try the for to and of
your live cdn api img static dev test blog news fans club careers jobs media tv play music kids home games sports lab labs
`

// Common words: frequent words of the languages of most reports, and words that
// domains are made of. A name that is made of them is often somebody else's
// too, so it tells less (lexicon.surprisal). They also train the frequencies of
// pairs of letters.
const (
	// Words of host names rather than of a language.
	commonTechnical = `cdn img api dns gslb vps server cloud host live app web net node data
`
	// English; also single-word names of companies, since those are what brands are called.
	commonEnglish = `able about above access account across act action active add after again age agency agent air all alliance
allow alone also alpha always amazing america american and angel animal annual answer any apart app apple apply april arch area
arm army around arrow art artist asia ask asset atlas audio august auto away baby back bad bag ball band bank bar base basic
basket bath battle bay beach bean bear beauty bed bee begin bell berry best beta better beyond big bike bill bird birth bit black
blank blaze blend block blog blood bloom blue board boat body bold bolt bond bone book boost boot border born boss bottle bottom
bow bowl box boy brain brand brave bread break breeze brick bridge bright bring broad brother brown brush bubble bud budget build
builder bull burn bus business busy butter button buy buyer cable cake call calm camera camp can candy canvas cap capital captain
car card care career cargo carry case cash casino cast castle cat catch cause cell center central centre century certain chain
chair challenge champion chance change channel chapter charge charm chart chase chat cheap check cheese chef chess chicken chief
child choice choose church circle city civic claim class classic clean clear clever click client climate clinic clock close cloth
clothing cloud club coach coast coat code coffee coin cold collect college color colour come comfort common community company
compare compass complete computer concept connect contact content control cook cool copy core corner corporate cosmic cost cotton
council count country county course court cover craft cream create creative credit crew crop cross crowd crown cruise crypto
crystal culture cup cure current custom customer cut cycle daily dance dark data date daughter dawn day deal dear deep deer
defense delta demo dental desert design desk detail device dial diamond dice diet digital dinner direct discover dish doctor dog
doll dollar dolphin domain door dot double down dragon draw dream dress drink drive drop dry duck dust duty each eagle ear early
earn earth ease east easy eat echo edge edit education egg eight electric element elite emerald empire end energy engine engineer
enjoy enter entry epic equal equity escape estate eternal europe even event ever every evil exact exchange expert explore express
extra eye fabric face fact factor factory fair faith falcon fall family famous fan far farm fashion fast father favor feed feel
festival few field fight figure file fill film final finance find fine finger finish fire first fish fit five fix flag flash flat
fleet flex flight float floor florida flow flower fly focus folk follow food foot football force ford forest forever form formula
forum forward foundation four fox frame free freedom fresh friend from front frost fruit fuel full fun fund funny future gain
galaxy game gaming garage garden gas gate gather gear gem general generation genius gentle georgia giant gift girl give glass
global globe glory goal goat gold golden golf good grace grade grain grand grant grape graph grass gravity great green grid ground
group grow growth guard guest guide guitar gun guy habit hair half hall hammer hand happy harbor hard harmony harvest hat have
hawk head health healthy heart heat heaven heavy hello help hen hero hidden high hill history hit hobby hold holiday home honest
honey hope horizon horse hospital host hot hotel hour house how hub hug human hunt hunter ice icon idea ideal image impact income
index indie industry infinite infinity info inn inner innovation inside insight insurance intel interior international internet
invest iron island issue ivory jack jam jet jewel job join journal journey joy judge juice jump jungle junior just justice keep
key kid kids kind king kingdom kit kitchen kiwi knight know lab label lady lake lamp land lane language laser last late launch law
lawyer layer lead leader leaf league learn learning leather leave left legacy legal legend lemon less letter level liberty library
life lift light lightning like lime limit line link lion liquid list listen little live living loan local lock lodge logic logo
london long look loop lord lotus love low loyal lucky luna lunch luxury machine made magazine magic magnet mail main make maker
man manage manager map maple march marine mark market marketing marine mart master match mate material matrix matter max may maze
meal mean measure meat media medical medicine meet mega member memory men mental mentor menu merchant meta metal method metro
micro middle might mile military milk mill mind mine mini mint minute mirror miss mission mix mobile mode model modern moment
money monkey monster month moon more morning mother motion motor mountain mouse mouth move movie much multi muscle museum music
must mystic nail name nano nation national native natural nature near neck need neo nest net network never new news next nice
night nine ninja noble node noise north nose note nova novel now number nurse oak oasis ocean octopus off offer office officer
official oil old olive omega one online only open optic option orange orbit order organic origin orion other outdoor outer over
own owner pack package page paint pair palace palm panda panel paper parade park parking part partner party pass passion past path
pay payment peace peak pearl pen people pepper perfect performance person pet phoenix phone photo piano pick picture piece pilot
pin pine pink pioneer pipe pixel pizza place plain plan planet plant plastic plate platform play player plaza please plot plug
plus pocket poem point poker polar police policy polish pool pop port portal position positive post pot potato power practice
premier premium press price pride prime prince print private prize product professional profile profit program project promise
proof property protect proud public pulse pump pure purple push puzzle quality quantum quarter queen quest question quick quiet
rabbit race radar radio rail rain rainbow raise ranch range rank rapid rare rate raven reach read reader ready real reality realty
reason record red reef refresh region relax remote rent rental repair report rescue research reserve resort resource rest
restaurant result retail return reward rich ride right ring rise river road robot rock rocket roll roof room root rose round route
row royal ruby rule run runner rural rush sad safe safety sage sail salad sale salon salt same sand sapphire save scale scan scene
school science scout screen sea search season seat second secret secure security see seed self sell senior sense serve service set
seven shadow shape share shark sharp sheep shell shield shift shine ship shirt shoe shop short shot show shower side sign signal
silk silver simple single sister site six size skill skin sky sleep slice slim slow small smart smile smith smoke smooth snap snow
soap social society sock soft software soil solar sold solid solo solution some son song soul sound soup source south space spark
speak special speed spice spider spirit splash sport sports spot spring square stable stack staff stage stamp standard star start
state station stay steam steel step stock stone stop storage store storm story straight strategy stream street strong student
studio study style sugar suite summer summit sun sunny sunset super supply support sure surf surprise swan sweet swift swim swing
switch sword symbol system table tactic tail talent talk tall tank target task taste taxi tea teach team tech technology teen tell
temple tennis term test texas text than that the theater them theme then theory there thing think third this thread three thrive
throne thunder ticket tide tiger time tiny tip tire title titan today together tomorrow tool tooth top total touch tour tower town
toy track trade trader tradition trail train training travel treasure treat tree trend trial triangle tribe trick trip true trust
truth try tube turbo turn turtle twin two type ultra uncle under union unique unit united unity universal universe university
upper urban use user valley value van vector vega venture verde video view villa village vine vintage violet viral virtual vision
visit visual vital vivid voice volt vote voyage wagon walk wall war warm wash watch water wave way wealth wear weather web wedding
week welcome well west whale what wheel when where white who whole wide wife wild will win wind window wine wing winner winter
wire wisdom wise wish with wolf woman women wonder wood word work worker works workshop world worth write yacht yard year yellow
yes yoga you young your youth zebra zen zero zone zoom
`
	commonSpanish = `agua ahora algo alma alto amigo amor ano antes aqui arte azul banco barco bien blanco boca bueno buscar
caballo cada calle cama cambio camino campo canal cara carne carta casa casi centro cerca cielo cien cinco ciudad clase coche
comer comida como compra con corazon cosa crear cuatro cuenta cuerpo dar deber decir dia diez dinero dios donde dos dulce edad
ella empresa entrar entre escuela ese espacio estado este estrella fama feliz feria fiesta fin flor fruta fuego fuerza futuro
ganar gato gente grande gracias grupo guerra haber hablar hacer hasta hermano hijo hogar hombre hora hoy hoja idea iglesia isla
joven juego jugar junto lado largo leche leer libre libro llave llegar lugar luna luz madre madera mano mar mas mayor mejor menos
mercado mesa mes miedo mil mismo mitad monte mucho mujer mundo musica nada negro nino noche nombre norte nuestro nueve nuevo nunca
obra oeste ojo once oro otro padre pagina pais pan papel para pared parte paso paz pelo pequeno perro pesca pez piel piedra
pintura playa plata plaza pobre poco poder primero pronto pueblo puente puerta pues punto querer quien rey rico rio rojo ropa
saber sala salud sangre segundo seis semana senor ser sierra siete silla sin sobre sol solo sombra suelo suerte sur tarde techo
tiempo tienda tierra todo tomar torre trabajo tres uno usted vaca valle vender ver verano verdad verde vida viejo viento vino
vista viva vivir volver voz zapato
`
	commonFrench = `achat ami amour an annee argent arbre assez aussi autre avant avec beau beaucoup belle bien blanc bleu bois
bon bonjour boutique bras cadeau cafe camion carte chaleur champ chance chanson chat chaud chemin cher cheval cheveux chez chien
choix chose ciel cinq clef coeur coin conseil corps cote coup cour cuisine dame danse debout demain dent dernier deux dieu dire
droit eau ecole eglise encore enfant ensemble entre espace esprit est ete etoile etre facile faire femme fenetre ferme fete feu
feuille fille fils fleur fois fort france frere froid fromage fruit garcon gare gens gout grand guerre habit herbe heure histoire
hiver homme ici idee ile jamais jardin jaune jeu jeune joie jour journal jusque lait langue lettre libre lieu lire lit livre loi
loin lumiere lune main mairie maison mal manger marche mari matin mer mere merci mieux monde montagne mort mot musique neige neuf
noir nom nord nos notre nouveau nuit oiseau ombre ordre oreille ouest pain paix papier parler partir pays peau pere petit peu peur
piece pied pierre plage plaisir plein pluie plus pomme pont porte pour premier pres printemps prix propre quatre quel rire riviere
robe roi rouge route rue sable sac saint salle sang sante sept seul si soeur soir soleil sous sud table temps terre tete toit
toujours tour tout travail tres trois trouver vache vent ventre verre vers vert vie vieux ville vin vingt visage vite vivre voir
voiture voix vrai vue
`
	commonGerman = `abend alles alt amt apfel arbeit arm arzt auge auto bach bad bahn ball bank bau baum bauer berg beruf besser
bett bier bild bitte blatt blau blume blut boden bote braun brief brot bruder brunnen buch burg butter dach dame dank deutsch dorf
drei durch ecke ehe ei eis eltern ende energie engel erde erste essen euro fahrrad fahrt familie farbe feld fenster fest feuer
firma fisch flasche fleisch flug fluss form frage frau frei freude freund frieden frisch fuchs garten gast geld gemeinde geschenk
gesund glas gleich gluck gold gott gras gross grun gut haar hafen halb hals hand handel haus haut heimat heiss held hell hemd herr
herz heute himmel hirsch hof hoch holz hose hotel hund hut immer insel ja jahr jung kaffee kaiser kalt karte kasse katze kauf kind
kino kirche klar klasse klein koch konig kopf korn kraft kreis kreuz kuche kunst kurz lager land lang laut leben leder lehrer
leicht licht lieb lied linie links luft macht maler mann markt mauer maus meer meister mensch messe milch mitte mittel mond morgen
muhle mund musik mutter nacht nah name nase natur neu nord obst ofen ohr onkel ort ost papier pferd pflanze platz preis rad rat
raum recht regen reich reif reise ring rock rot ruhe rund sache salz sand satz schatz schiff schloss schnee schnell schon schuh
schule schwarz see seite sicher silber sohn sommer sonne spiel sport sprache stadt stark stein stern strasse stuck stuhl sturm tag
tal tanz tasche tausch tee teil tier tisch tochter tor traum treppe tur turm uhr und vater verein vogel volk voll wagen wald wand
warm wasser weg wein weiss welt werk wetter wiese wind winter wirt wissen woche wohnung wolf wolke wort zahl zahn zeit zeitung
zelt zentrum ziel zimmer zucker zug zukunft
`
	commonIndonesian = `abadi agung air aku anak api arti asli awan ayam ayo baik baju baru batu bawah belajar beli berita besar
biru bisa bintang bola buah budaya buka buku bulan bumi bunga burung cahaya cepat cerita cinta coba daerah dagang dan dana dapur
dari daun desa dunia emas enak gaya gula guru hari harga hati hebat hidup hijau hujan hutan ibu ikan ilmu indah indo ini itu jalan
jaya jual kabar kaki kami kampung kapal karya kasih kata kayu kebun kecil keluarga kepala keras kerja kini kita kopi kota kuda
kuat kuning laki lama langit laut lima macan mahal main makan malam mandiri manis masa mata mawar merah mobil mudah muda mulia
murah musik naga nama nasi negara nusantara nyata obat orang padi pagi pantai pasar pelangi permata pintar pintu pohon pulau pusat
putih putra putri raja rakyat rasa ratu raya resep ribu rumah rupiah sahabat sakti salam sama satu sawah sehat sejahtera selamat
semua senang seni sinar suara suka sukses sumber surya susu syariah tanah tani tangan teman tempat tiga tinggi toko tulis uang
udara utama warna warung waktu wisata
`

	commonWords = commonTechnical + commonEnglish + commonSpanish + commonFrench + commonGerman + commonIndonesian
)

// riskySuffixes are public suffixes under which a name costs next to nothing:
// most names there that imitate a brand are not a branch of it.
const riskySuffixes = `top xyz icu click link shop store site online live life vip club buzz rest cfd sbs cyou bond bid win work
loan men date racing review stream trade party science cricket accountant faith download gdn mom lol quest monster beauty hair
skin makeup autos boats homes yachts motorcycles world today support help services space website fun pw cc ws tk ml ga cf gq su
info ink one life digital finance money cash credit claims best pro mobi asia wang ren xin red kim fit pics zip mov cam tokyo lat
cloud app dev
`
