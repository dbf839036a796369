/// The version of this source tree.
package let forecastdVersion = "0.1.0"
