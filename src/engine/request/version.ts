/** The version of nginx whose behaviour this engine has. */
export const nginxVersion = '1.22.1'
